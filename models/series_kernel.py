"""The fused loop over readings of many series, one after the other: order → features → score → decide → learn."""

from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models import decision, onset, ordering, report
from models.assets.state import FAULTY, SOUND, SUSPECT
from models.cold import ColdPages, note_change
from models.detectors import ar_residual, change_point, novelty, range_guard, robust_z, seasonal, seasonal_novelty
from models.features import rolling
from models.health import cadence, judge, roughness, silence
from models.health.state import OK
from models.kernel import Record, kernel
from models.regimes import baseline
from models.regimes.state import NONE
from models.series_state import (
    CHANGE_POINT_PAGE,
    HELD_CAPACITY,
    HELD_PAGE,
    PAGE_FLOATS,
    REGIME_PAGE,
    SEASONAL_PAGE,
    STATE_VERSION,
)
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
"""And readings put in their place."""

SKIPPED, DUPLICATES, LATE, TRANSITIONS, CHANGES = range(5)
"""Places of the counts that `advance` returns."""


class Bank(NamedTuple):
    """State of all series as the kernel sees it; `touched` (n,) uint8 marks rows changed since the last checkpoint.

    `features` (2 × FEATURES,) `vectors` (6,) and `scratch` are scratch space: kernels allocate nothing.
    `limits` (k, 2) are the physical limits that readings can have, the first of them none; `shape` (n, 2) are window
    and hop of each row; `alarm` (n,) is when each row is silent unless heard, by the `clock` (1,) of them all.
    """

    hot: NDArray[np.void]
    touched: NDArray[np.uint8]
    held: NDArray[np.void]
    cold: ColdPages
    pages: NDArray[np.int64]
    tuning: NDArray[np.void]
    features: NDArray[np.float64]
    vectors: NDArray[np.float32]
    scratch: NDArray[np.float64]
    regimes: NDArray[np.void]
    regime_tuning: NDArray[np.void]
    limits: NDArray[np.float64]
    shape: NDArray[np.int64]
    alarm: NDArray[np.int64]
    clock: NDArray[np.void]


class Columns(NamedTuple):
    """Readings in order of arrival, all of one length."""

    row: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    seq: NDArray[np.int64]
    offset: NDArray[np.int64]
    place: NDArray[np.int64]
    limit: NDArray[np.int32]
    regime: NDArray[np.int8]


class Placed(NamedTuple):
    """Room for the readings put in their place, in that order: which brought each, and what is to be made of it.

    `position` is that of the arriving reading, `value` the one that was judged (NaN: none), `trust` SOUND, SUSPECT or
    FAULTY; `used` (1,).
    """

    position: NDArray[np.int64]
    row: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    trust: NDArray[np.uint8]
    used: NDArray[np.int64]


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
    regime: int,
    transitions: NDArray[np.void],
    used: int,
    changes: NDArray[np.void],
    counts: NDArray[np.int64],
    cut: Cut,
    placed: Placed,
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
    # Health looks at what the sensor says; the machine is judged by what that means in its regime.
    judged = value if missing else baseline.take(bank.regimes[row], regime, value, bank.regime_tuning[0])
    if regime != NONE:
        note_change(bank.cold, row, REGIME_PAGE)
    silent = not isfinite(judged)
    due = False
    if not silent:
        rolling.push(state, judged, ts_us)
        roughness.follow(state, decision.quiet(state), learn_readings)
        due = assembly.take(state, judged, ts_us, seq, offset, bank.shape[row, 0], bank.shape[row, 1])
    _judge_health(bank, row, position, ts_us, value, lost, limit, offset, index, changes, counts)
    healthy = state.health_state == OK
    if healthy and not silent:
        used = _judge_machine(bank, row, position, ts_us, judged, regime, offset, index, transitions, used, trace)
        if regime != NONE and decision.quiet(state):
            baseline.learn(bank.regimes[row], regime, value)
    elif not missing:
        # Whatever it says, it says nothing of the machine; a block begun before is worth nothing any more.
        state.pending = 0
        state.block_fill = 0
        state.health_blocks = novelty.MOST_BLOCKS_NEEDED
        if trace.size > 0:
            note(trace[position], state, tuning, False, 0.0, 0.0, 0.0)
    if due:
        _cut_window(bank, row, position, ts_us, value, regime, offset, index, cut)
    at = placed.used[0]
    placed.position[at] = position
    placed.row[at] = row
    placed.ts_us[at] = ts_us
    placed.value[at] = judged
    placed.trust[at] = FAULTY if silent or not healthy else SOUND if decision.quiet(state) else SUSPECT
    placed.used[0] = at + 1
    return used


@kernel
def _cut_window(
    bank: Bank, row: int, position: int, ts_us: int, value: float, regime: int, offset: int, index: int, cut: Cut
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
    fact.expected, fact.low, fact.high = np.nan, np.nan, np.nan
    if learned:
        usual = bank.regimes[row]
        fact.expected = baseline.from_home(usual, regime, state.base + state.reference)
        fact.low = baseline.from_home(usual, regime, report.lowest_expected(state, tuning))
        fact.high = baseline.from_home(usual, regime, report.highest_expected(state, tuning))


@kernel
def _judge_machine(
    bank: Bank,
    row: int,
    position: int,
    ts_us: int,
    value: float,
    regime: int,
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
    seasonal_z = _seasonal(bank, row, value - state.base, ts_us)
    # What is not to be at this time of the day or week counts like what was never seen.
    outside = max(guard, abs(seasonal_z) / seasonal.ALARM)
    foretold = ar_residual.score(state, learn_readings)
    _look_for_change(bank, row, value - state.base, ts_us)
    level = robust_z.trimmed_mean(state.ring)
    z = robust_z.score(state, level, learn_readings)
    size = decision.episode_score(z, outside, tuning.raise_z)
    episode = decision.decide_episode(state, z, outside, tuning, ts_us, offset)
    emitted = 0.0
    bar = decision.novelty_bar(state, tuning)
    over = False
    closes = novelty.fill(state, value, ts_us, offset, tuning.block_readings)
    seasonal_novelty.follow(state, seasonal_z)
    if closes:
        beyond = novelty.close_block(state, value, tuning.block_readings)
        by_views = novelty.block_score(
            state, bank.cold, row, bank.pages, learn_readings // tuning.block_readings,
            tuning.novelty_memory, beyond, bank.vectors[:3], bank.vectors[3:],
        )  # fmt: skip
        state.novelty_score = max(by_views, seasonal_novelty.close_block(state, tuning.block_readings))
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
            if kind == EPISODE:
                since = onset.samples_since(state, state.reference)
                state.pending_ts_us = min(state.pending_ts_us, ts_us - int((since - 1) * state.health_period_us))
            decision.open_anomaly(state, kind, offset, index, emitted if kind == NOVELTY else size)
        report.report(
            transitions[used], row, position, kind, decided == decision.RAISE,
            state, tuning, features, z, guard, seasonal_z, foretold, ts_us, offset, index,
        )  # fmt: skip
        if regime != NONE:
            _tell_in_regime(transitions[used], bank.regimes[row], regime, bank.regime_tuning[0].learn_readings)
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
        ar_residual.learn(state, learn_readings)
        seasonal.learn(state, value - state.base, ts_us)
        state.learned += 1
    return used


@kernel
def _tell_in_regime(transition: Record, usual: Record, regime: int, learn_readings: int) -> None:
    """Bring what was expected, and the value, from the home regime to the present one."""
    transition.value = baseline.from_home(usual, regime, transition.value)
    transition.expected = baseline.from_home(usual, regime, transition.expected)
    transition.low = baseline.from_home(usual, regime, transition.low)
    transition.high = baseline.from_home(usual, regime, transition.high)
    transition.confidence *= baseline.confidence(usual, regime, learn_readings)


@kernel
def _seasonal(bank: Bank, row: int, level: float, ts_us: int) -> float:
    """Return the seasonal score of a level (difference from the base)."""
    state = bank.hot[row]
    if seasonal.begins_hour(state, ts_us):
        note_change(bank.cold, row, SEASONAL_PAGE)
        start = SEASONAL_PAGE * PAGE_FLOATS
        seasonal.fold(state, bank.cold.floats[row, start : start + PAGE_FLOATS], ts_us)
    return float(seasonal.score(state, level, ts_us))


@kernel
def _look_for_change(bank: Bank, row: int, level: float, ts_us: int) -> None:
    """Take a level (difference from the base) into the window of the change point, and look where a hop is full."""
    state = bank.hot[row]
    if change_point.fill(state, level, ts_us):
        # A hop lies in one of the two pages.
        note_change(bank.cold, row, CHANGE_POINT_PAGE + state.change_point_count // PAGE_FLOATS % 2)
        start = CHANGE_POINT_PAGE * PAGE_FLOATS
        change_point.check(state, bank.cold.floats[row, start : start + change_point.WINDOW], ts_us, bank.scratch)


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
        held = bank.held[row]
        verdict = ordering.admit(state, held, ts_us, seq, tuning.grace_us)
        due = verdict == ordering.DUE
        if due or verdict == ordering.HOLD:
            silence.hear(state, clock, ts_us)
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
                bank, row, i, ts_us, value, seq, offset, index, columns.limit[i], columns.regime[i],
                transitions, used, changes, counts, cut, placed, trace,
            )  # fmt: skip
            due = False
        bank.alarm[row] = silence.alarm_us(state)
    counts[TRANSITIONS] = used
    return columns.row.size
