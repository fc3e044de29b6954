"""The fused loop over readings of many series, one after the other: order → features → score → decide → learn."""

from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models import decision, ordering, report
from models.cold import ColdPages, note_change
from models.detectors import novelty, range_guard, robust_z
from models.features import rolling
from models.health import cadence, judge, roughness
from models.health.state import OK
from models.kernel import kernel
from models.series_state import HELD_CAPACITY, HELD_PAGE, STATE_VERSION, Record
from models.trace import note
from models.transition import EPISODE, NOVELTY
from models.windows import assembly
from models.windows.assembly import Cut
from models.windows.state import ANOMALY_OPEN, LEARNING, UNHEALTHY

LARGEST_VALUE = 1e30
"""Larger readings are taken as this, so that squares stay finite."""

MOST_TRANSITIONS = 4 * (HELD_CAPACITY + 1)
"""That one arriving reading can cause: each reading that it releases may clear and raise both kinds."""

MOST_CHANGES = HELD_CAPACITY + 1
"""Of a sensor's health that one arriving reading can cause."""

MOST_WINDOWS = HELD_CAPACITY + 1

SKIPPED, DUPLICATES, LATE, TRANSITIONS, CHANGES = range(5)
"""Places of the counts that `advance` returns."""


class Bank(NamedTuple):
    """State of all series as the kernel sees it; `touched` (n,) uint8 marks rows changed since the last checkpoint.

    `features` (2 × FEATURES,) and `vectors` (6,) are scratch space: kernels allocate nothing.
    `limits` (k, 2) are the physical limits that readings can have, the first of them none; `shape` (n, 2) are window
    and hop of each row.
    """

    hot: NDArray[np.void]
    touched: NDArray[np.uint8]
    held: NDArray[np.void]
    cold: ColdPages
    pages: NDArray[np.int64]
    tuning: NDArray[np.void]
    features: NDArray[np.float64]
    vectors: NDArray[np.float32]
    limits: NDArray[np.float64]
    shape: NDArray[np.int64]


class Columns(NamedTuple):
    """Readings in order of arrival, all of one length."""

    row: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    seq: NDArray[np.int64]
    offset: NDArray[np.int64]
    place: NDArray[np.int64]
    limit: NDArray[np.int32]


@kernel
def _judge_health(
    bank: Bank,
    row: int,
    position: int,
    ts_us: int,
    value: float,
    lost: float,
    limit: int,
    offset: int,
    index: int,
    changes: NDArray[np.void],
    counts: NDArray[np.int64],
) -> None:
    """Judge the sensor after a reading (NaN: missing) and write down a change of its health."""
    tuning = bank.tuning[0]
    change = changes[counts[CHANGES]]
    if judge.judge(
        bank.hot[row], value, ts_us, lost, bank.limits[limit, 0], bank.limits[limit, 1],
        tuning.stuck_after_us, tuning.good_readings, tuning.learn_readings, change,
    ):  # fmt: skip
        change.row = row
        change.position = position
        change.offset = offset
        change.index = index
        counts[CHANGES] += 1


@kernel
def _apply(
    bank: Bank,
    row: int,
    position: int,
    ts_us: int,
    value: float,
    seq: int,
    offset: int,
    index: int,
    limit: int,
    transitions: NDArray[np.void],
    used: int,
    changes: NDArray[np.void],
    counts: NDArray[np.int64],
    cut: Cut,
    trace: NDArray[np.void],
) -> int:
    """Put one reading in its place and judge it; returns the number of transitions written so far."""
    state = bank.hot[row]
    tuning = bank.tuning[0]
    learn_readings = tuning.learn_readings
    lost = cadence.lost_before(state, ts_us, seq)
    ordering.place(state, ts_us, seq)
    missing = not isfinite(value)
    value = np.nan if missing else min(max(value, -LARGEST_VALUE), LARGEST_VALUE)
    judge.before_push(state, value, ts_us, learn_readings)
    due = False
    if not missing:
        rolling.push(state, value, ts_us)
        roughness.follow(state, decision.quiet(state), learn_readings)
        due = assembly.take(state, value, ts_us, seq, offset, bank.shape[row, 0], bank.shape[row, 1])
    _judge_health(bank, row, position, ts_us, value, lost, limit, offset, index, changes, counts)
    if missing:
        return used
    if state.health_state == OK:
        used = _judge_machine(bank, row, position, ts_us, value, offset, index, transitions, used, trace)
    else:
        # Whatever it says, it says nothing of the machine; a block begun before is worth nothing any more.
        state.pending = 0
        state.block_fill = 0
        state.health_blocks = novelty.MOST_BLOCKS_NEEDED
        if trace.size > 0:
            note(trace[position], state, tuning, False, 0.0, 0.0, 0.0)
    if due:
        _cut_window(bank, row, position, ts_us, value, offset, index, cut)
    return used


@kernel
def _cut_window(
    bank: Bank, row: int, position: int, ts_us: int, value: float, offset: int, index: int, cut: Cut
) -> None:
    """Write the window that falls due with this reading, and what was expected of the reading."""
    state, tuning = bank.hot[row], bank.tuning[0]
    fact = cut.facts[cut.used[0]]
    assembly.cut(state, bank.shape[row, 0], bank.shape[row, 1], cut.samples[cut.used[0]], fact)
    cut.used[0] += 1
    learned = state.learned >= tuning.learn_readings
    if state.open[NOVELTY] == 1 or state.open[EPISODE] == 1:
        fact.flags |= ANOMALY_OPEN
    if state.health_state != OK:
        fact.flags |= UNHEALTHY
    if not learned:
        fact.flags |= LEARNING
    fact.row = row
    fact.position = position
    fact.offset = offset
    fact.index = index
    fact.ts_us = ts_us
    fact.value = value
    fact.expected = state.base + state.reference if learned else np.nan
    fact.low = report.lowest_expected(state, tuning) if learned else np.nan
    fact.high = report.highest_expected(state, tuning) if learned else np.nan


@kernel
def _judge_machine(
    bank: Bank,
    row: int,
    position: int,
    ts_us: int,
    value: float,
    offset: int,
    index: int,
    transitions: NDArray[np.void],
    used: int,
    trace: NDArray[np.void],
) -> int:
    """Judge the machine by a reading of a healthy sensor; returns the number of transitions written so far."""
    state = bank.hot[row]
    tuning = bank.tuning[0]
    features = bank.features
    learn_readings = tuning.learn_readings
    rolling.compute(state, features)

    guard = 0.0
    if state.learned >= learn_readings:
        guard = range_guard.score(state, value, tuning.range_margin, learn_readings)
    level = robust_z.trimmed_mean(state.ring)
    z = robust_z.score(state, level, learn_readings)
    size = decision.episode_score(z, guard, tuning.raise_z)
    episode = decision.decide_episode(state, z, guard, tuning, ts_us, offset)
    emitted = 0.0
    bar = decision.novelty_bar(state, tuning)
    over = False
    closes = novelty.fill(state, value, ts_us, offset, tuning.block_readings)
    if closes:
        beyond = novelty.close_block(state, value, tuning.block_readings)
        state.novelty_score = novelty.block_score(
            state, bank.cold, row, bank.pages, learn_readings // tuning.block_readings,
            tuning.novelty_memory, beyond, bank.vectors[:3], bank.vectors[3:],
        )  # fmt: skip
        over = state.open[NOVELTY] == 1 and novelty.is_over(state, learn_readings)
        if state.health_blocks > 0:
            state.health_blocks -= 1
        trusted = state.novelty_score if state.health_blocks == 0 else 0.0
        emitted = novelty.emit(state, trusted, tuning.block_readings, learn_readings)

    for step in range(3):
        kind = EPISODE if step == 0 else NOVELTY
        if step == 0:
            decided = episode
        elif step == 1:
            decided = decision.CLEAR if over else decision.NOTHING
        else:
            decided = decision.decide_novelty(state, emitted, bar)
        if decided == decision.NOTHING:
            continue
        if decided == decision.RAISE:
            decision.open_anomaly(state, kind, offset, index, emitted if kind == NOVELTY else size)
        report.report(
            transitions[used], row, position, kind, decided == decision.RAISE,
            state, tuning, features, z, guard, ts_us, offset, index,
        )  # fmt: skip
        used += 1
        if decided == decision.CLEAR:
            if kind == EPISODE:
                if decision.was_mild(state, tuning.raise_z):
                    range_guard.concede(state)
                    robust_z.concede(state, tuning.raise_z)
                range_guard.accept(state, level)
                robust_z.restart(state, level, learn_readings)
            decision.close_anomaly(state, kind)

    if trace.size > 0:
        note(trace[position], state, tuning, closes, emitted, z, guard)

    if decision.quiet(state):
        robust_z.learn(state, level, learn_readings, tuning.raise_z)
        range_guard.learn(state, value, learn_readings)
        rolling.learn(state, features, 1.0 / learn_readings)
        state.learned += 1
    return used


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
    trace: NDArray[np.void],
) -> int:
    """Take in the readings from position `start`; returns where it stopped: the end, or where an output is full.

    `counts` (5,): skipped, duplicates, late, transitions, changes of health; added to.
    `late`, `late_by_us` (n,) get positions and delays.
    """
    tuning = bank.tuning[0]
    cold = bank.cold
    used = counts[TRANSITIONS]
    for i in range(start, columns.row.size):
        if (
            used + MOST_TRANSITIONS > transitions.size
            or counts[CHANGES] + MOST_CHANGES > changes.size
            or cut.used[0] + MOST_WINDOWS > cut.facts.size
        ):
            counts[TRANSITIONS] = used
            return i
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
        bank.touched[row] = 1
        if not known:
            _begin(state, tuning)
        state.applied_offset = offset
        state.applied_index = index
        ts_us = columns.ts_us[i]
        value = columns.value[i]
        seq = columns.seq[i]
        held = bank.held[row]
        verdict = ordering.admit(state, held, ts_us, seq, tuning.grace_us)
        due = verdict == ordering.DUE
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
            used = _apply(
                bank, row, i, ts_us, value, seq, offset, index, columns.limit[i],
                transitions, used, changes, counts, cut, trace,
            )  # fmt: skip
            due = False
    counts[TRANSITIONS] = used
    return columns.row.size
