"""A reading of a healthy sensor says something of the machine: detectors, decision, report, and what is learned."""

import numpy as np
from numpy.typing import NDArray

from models import decision, onset, report
from models.cold import note_change
from models.detectors import ar_residual, change_point, novelty, range_guard, robust_z, seasonal, seasonal_novelty
from models.features import rolling
from models.kernel import Record, kernel
from models.regimes import baseline
from models.regimes.state import NONE
from models.series_arrays import Bank
from models.series_state import CHANGE_POINT_PAGE, PAGE_FLOATS, SEASONAL_PAGE
from models.trace import note
from models.transition import EPISODE, NOVELTY


@kernel
def judge_machine(
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
    foretold_z = ar_residual.deviation(state, learn_readings)
    _look_for_change(bank, row, value - state.base, ts_us)
    level = robust_z.trimmed_mean(state.ring)
    z = robust_z.score(state, level, learn_readings)
    size = decision.episode_score(z, outside, tuning.raise_z)
    episode = decision.decide_episode(state, z, outside, tuning, ts_us, offset)
    emitted = 0.0
    over = False
    closes = novelty.fill(state, value, ts_us, offset, tuning.block_readings)
    seasonal_novelty.follow(state, seasonal_z)
    if closes:
        beyond = novelty.close_block(state, value, tuning.block_readings)
        by_views = novelty.block_score(
            state, bank.cold, row, bank.layout, learn_readings // tuning.block_readings,
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
            decided = decision.decide_novelty(state, emitted, tuning)
        if decided == decision.NOTHING:
            continue
        if decided == decision.RAISE:
            if kind == EPISODE:
                since = onset.samples_since(state, state.reference)
                state.pending_ts_us = min(state.pending_ts_us, ts_us - int((since - 1) * state.health_period_us))
            decision.open_anomaly(state, kind, offset, index, emitted if kind == NOVELTY else size)
        report.report(
            transitions[used], row, position, kind, decided == decision.RAISE,
            state, tuning, features, z, guard, seasonal_z, foretold_z, ts_us, offset, index,
        )  # fmt: skip
        if regime != NONE:
            _tell_in_regime(transitions[used], bank.cold.regimes[row], regime, bank.regime_tuning[0].learn_readings)
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
        if bank.cold.seasonal.shape[1] > 0:
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
    """Return the seasonal score of a level (difference from the base); 0 where no season is learned."""
    if bank.cold.seasonal.shape[1] == 0:
        return 0.0
    state = bank.hot[row]
    if seasonal.begins_hour(state, ts_us):
        note_change(bank.cold, row, SEASONAL_PAGE)
        seasonal.fold(state, bank.cold.seasonal[row], ts_us)
    return float(seasonal.score(state, level, ts_us))


@kernel
def _look_for_change(bank: Bank, row: int, level: float, ts_us: int) -> None:
    """Take a level (difference from the base) into the window of the change point, and look where a hop is full."""
    if bank.cold.change_point.shape[1] == 0:
        return
    state = bank.hot[row]
    if change_point.fill(state, level, ts_us):
        # A hop lies in one of the two pages.
        note_change(bank.cold, row, CHANGE_POINT_PAGE + state.change_point_count // PAGE_FLOATS % 2)
        change_point.check(state, bank.cold.change_point[row], ts_us, bank.scratch)
