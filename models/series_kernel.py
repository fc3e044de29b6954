"""The fused loop over readings of many series, one after the other: order → features → score → decide → learn."""

import numpy as np
from numpy.typing import NDArray

from models import ordering
from models.cold import note_change
from models.detectors import change_point
from models.health import silence
from models.health.cadence import continues
from models.health.state import SILENT
from models.kernel import Record, kernel
from models.placement import apply
from models.prefetch import AHEAD, prefetch
from models.series_arrays import (
    CHANGES,
    DUPLICATES,
    LATE,
    MOST_CHANGES,
    MOST_TRANSITIONS,
    MOST_WINDOWS,
    SKIPPED,
    TRANSITIONS,
    Bank,
    Columns,
    Placed,
)
from models.series_state import HELD_PAGE, HOT_BYTES, STATE_VERSION
from models.windows.assembly import Cut


@kernel
def _fetch_ahead(bank: Bank, soon: int, later: int) -> None:
    """Fetch the hot record of the row `later`, and of the row `soon` the cold parts that its reading will need."""
    prefetch(bank.hot, later, HOT_BYTES)
    state, cold = bank.hot[soon], bank.cold
    if state.block_fill + 1 == bank.tuning[0].block_readings:
        prefetch(cold.novelty, soon, 4 * cold.novelty.shape[1])
    if state.change_point_fill + 1 == change_point.HOP:
        prefetch(cold.change_point, soon, 4 * cold.change_point.shape[1])


@kernel
def _begin(state: Record, tuning: Record) -> None:
    """Make the state of a series not seen before valid."""
    state.version = STATE_VERSION
    state.last_seq = -1
    state.max_seq = -1
    state.learn_readings = tuning.learn_readings
    state.novelty_memory = tuning.novelty_memory


@kernel
def advance(
    bank: Bank,
    columns: Columns,
    start: int,
    transitions: NDArray[np.void],
    changes: NDArray[np.void],
    late: NDArray[np.int64],
    late_by_us: NDArray[np.int64],
    counts: NDArray[np.int64],
    cut: Cut,
    placed: Placed,
    trace: NDArray[np.void],
) -> int:
    """Take in the readings from position `start`; returns where it stopped: the end, or where an output is full.

    `counts` (5,): skipped, duplicates, late, transitions, changes of health; added to.
    `late`, `late_by_us` (n,) get positions and delays.
    """
    tuning = bank.tuning[0]
    cold = bank.cold
    clock = bank.clock[0]
    used = counts[TRANSITIONS]
    for i in range(start, columns.row.size):
        if (
            used + MOST_TRANSITIONS > transitions.size
            or counts[CHANGES] + MOST_CHANGES > changes.size
            or cut.used[0] + MOST_WINDOWS > cut.facts.size
            or placed.used[0] + MOST_WINDOWS > placed.position.size
        ):
            counts[TRANSITIONS] = used
            return i
        if i + AHEAD < columns.row.size:
            _fetch_ahead(bank, columns.row[i + 1], columns.row[i + AHEAD])
        row = columns.row[i]
        offset = columns.offset[i]
        index = columns.place[i]
        state = bank.hot[row]
        known = state.version != 0
        if known and (
            offset < state.applied_offset or (offset == state.applied_offset and index <= state.applied_index)
        ):
            counts[SKIPPED] += 1
            continue
        if columns.ts_us[i] >= clock.step_us:
            counts[CHANGES] = silence.sweep(
                bank.hot, bank.touched, bank.alarm, clock, columns.ts_us[i], i, changes, counts[CHANGES]
            )
            if counts[CHANGES] + MOST_CHANGES > changes.size:
                counts[TRANSITIONS] = used
                return i
        bank.touched[row] = 1
        if not known:
            _begin(state, tuning)
        state.applied_offset = offset
        state.applied_index = index
        ts_us = columns.ts_us[i]
        value = columns.value[i]
        seq = columns.seq[i]
        held = cold.held[row]
        verdict = ordering.admit(state, held, ts_us, seq, tuning.grace_us)
        due = verdict == ordering.DUE
        if due or verdict == ordering.HOLD:
            silence.hear(state, clock, ts_us, state.health_state == SILENT and continues(state, ts_us, seq))
        if verdict == ordering.DUPLICATE:
            counts[DUPLICATES] += 1
        elif verdict == ordering.LATE:
            late[counts[LATE]] = i
            late_by_us[counts[LATE]] = state.last_ts_us - ts_us
            counts[LATE] += 1
        elif verdict == ordering.HOLD:
            note_change(cold, row, HELD_PAGE)
            ordering.hold(state, held, ts_us, value, seq, offset, index)
        # Besides itself, a reading may release those held: by being newer, or by filling the gap before them.
        while due or ordering.first_is_due(state, held, tuning.grace_us):
            if not due:
                note_change(cold, row, HELD_PAGE)
                ts_us = held.ts_us[0]
                value = held.value[0]
                seq = held.seq[0]
                offset = held.offset[0]
                index = held.index[0]
                ordering.drop_first(state, held)
            used = apply(
                bank, row, i, ts_us, value, seq, offset, index, columns.limit[i], columns.regime[i],
                transitions, used, changes, counts, cut, placed, trace,
            )  # fmt: skip
            due = False
        bank.alarm[row] = silence.alarm_us(state, silence.can_fall_silent(state))
    counts[TRANSITIONS] = used
    return columns.row.size
