"""The one loop over blocks: place, learn or judge, decide, report."""

from math import isnan, nan

import numpy as np

from models import pattern
from models.arrival import is_taken_in
from models.blocks import decision, health, learning, order, scores, severity
from models.blocks.arrays import Bank, Blocks, Judged
from models.blocks.columns import LEVEL_AT
from models.health import waveform_silence
from models.health.silence import hear
from models.health.state import SILENT
from models.kernel import Record, kernel
from models.told import CHANGES, TO_FIT, Told

LONGEST_STRETCHES = 4
"""Learning stretches after which an anomaly of a sensor that learns ends: by then its level is the normal one."""


@kernel
def advance(
    bank: Bank,
    blocks: Blocks,
    judged: Judged,
    at: int,
    told: Told,
) -> int:
    """Take in blocks from `at` on; return behind the one after which the row at TO_FIT has learned enough, else n."""
    for i in range(at, len(blocks.row)):
        row = blocks.row[i]
        state = bank.states[row]
        if blocks.ts_us[i] >= bank.clock[0].step_us and not is_taken_in(state, blocks.offset[i]):
            _miss(bank, blocks.ts_us[i], i, told)
        lost = health.lost_before(state, blocks.ts_us[i], blocks.seq[i])
        missing_us = state.last_ts_us + int(state.health_period_us)
        status = order.place(state, blocks.ts_us[i], blocks.seq[i], blocks.offset[i])
        if status == order.TAKEN and not order.fits(state, blocks.rate_hz[i], blocks.samples[i]):
            status = order.ODD
            if state.odd_blocks >= order.MOST_ODD_BLOCKS:
                _start_anew(bank, blocks, i, told)
                status = order.TAKEN
        if status >= order.ODD:
            hear(state, bank.clock[0], blocks.ts_us[i], lost == 0.0 and state.health_state == SILENT)
        judged.status[i] = status
        judged.block[i] = state.blocks - 1 if status >= order.ODD else -1
        if status == order.TAKEN:
            if not _judge_health(bank, blocks, i, lost, missing_us, told):
                state.pending = 0
            elif state.is_learned == 1:
                judged.score[i] = _judge(bank, blocks, judged, i, told)
            else:
                judged.score[i] = _learn(bank, blocks, i, told)
        judged.learned[i] = state.is_learned
        judged.open[i] = state.open
        judged.health[i] = state.health_state
        bank.alarm[row] = waveform_silence.alarm_us(state, state.blocks, state.health_state == SILENT)
        if status == order.TAKEN and state.is_learned == 0 and _knows_enough(state, bank.tuning, blocks.end_us[i]):
            told.counts[TO_FIT] = row
            return i + 1
    return len(blocks.row)


@kernel
def _miss(bank: Bank, ts_us: int, position: int, told: Told) -> None:
    """Tell which sensors are silent before the clock goes on to `ts_us`, the time of the block at `position`."""
    first = told.counts[CHANGES]
    told.counts[CHANGES] = waveform_silence.sweep(
        bank.states, bank.alarm, bank.touched, bank.clock[0], ts_us, position, told.changes, first
    )
    for k in range(first, told.counts[CHANGES]):
        change = told.changes[k]
        state = bank.states[change.row]
        change.before = state.health_state
        change.value = nan
        state.health_state = SILENT
        state.health_good = 0


@kernel
def _knows_enough(state: Record, tuning: Record, end_us: int) -> bool:
    return bool(state.learned >= tuning.learn_blocks and end_us - state.first_ts_us >= tuning.learn_us)


@kernel
def _judge_health(
    bank: Bank,
    blocks: Blocks,
    i: int,
    lost: float,
    missing_us: int,
    told: Told,
) -> bool:
    """Judge the sensor, note a change of its health, and return whether the block says something of the machine."""
    state, change = bank.states[blocks.row[i]], told.changes[told.counts[CHANGES]]
    trusted, changed = health.judge(
        state, blocks.signs[i], blocks.samples[i], blocks.limits[i], lost, missing_us, blocks.ts_us[i], change
    )
    if changed:
        change.row = blocks.row[i]
        change.position = i
        change.offset = blocks.offset[i]
        change.index = 0
        told.counts[CHANGES] += 1
    return trusted


@kernel
def _learn(bank: Bank, blocks: Blocks, i: int, told: Told) -> float:
    """Take a block to learn from, unless it is far above those before; return its score, NaN where it has none."""
    row = blocks.row[i]
    state, tuning, values, ln_speed = bank.states[row], bank.tuning, blocks.values[i], blocks.ln_speed[i]
    score = nan
    if severity.detect(state, values, ln_speed, bank.z, bank.detected):
        score = float(tuning.raise_score * max(bank.detected[severity.RISE], 0.0))
        was_open = state.open == 1
        decision.decide(bank, blocks, i, score, told)
        state.severe_blocks = state.severe_blocks + 1 if state.open == 1 else 0
        if state.severe_blocks > LONGEST_STRETCHES * tuning.learn_blocks:
            state.returning_ts_us = blocks.ts_us[i]
            decision.report(bank, blocks, i, False, told)
            pattern.close(state)
            _forget(state)
        if was_open or state.open == 1 or state.pending > 0:
            return score
    severity.learn(state, values, ln_speed)
    learning.keep(state, bank.kept[row], values, ln_speed, blocks.ts_us[i])
    return score


@kernel
def _forget(state: Record) -> None:
    """Begin to learn anew."""
    state.is_learned = 0
    state.learned = 0
    state.kept_rows = 0
    state.by_speed = 0
    state.maxima_count = 0
    state.maxima_mean[:] = 0.0
    state.maxima_var[:] = 0.0
    state.stretch_fill = 0
    state.severe_blocks = 0
    severity.forget(state)


@kernel
def _start_anew(bank: Bank, blocks: Blocks, i: int, told: Told) -> None:
    """Forget what was learned of blocks of another shape; an open anomaly ends, since nothing can judge it any more."""
    state = bank.states[blocks.row[i]]
    if state.open == 1:
        state.returning_ts_us = blocks.ts_us[i]
        scores.standardise(state, blocks.values[i], 0.0, bank.z)
        bank.detected[:] = np.nan
        decision.report(bank, blocks, i, False, told)
        pattern.close(state)
    state.pending = 0
    _forget(state)
    health.forget(state)
    state.odd_blocks = 0
    state.samples = 0
    order.fits(state, blocks.rate_hz[i], blocks.samples[i])


@kernel
def _judge(bank: Bank, blocks: Blocks, judged: Judged, i: int, told: Told) -> float:
    """Score a block and decide; return its score, NaN where it cannot be judged."""
    state, tuning = bank.states[blocks.row[i]], bank.tuning
    x = blocks.ln_speed[i] - state.ln_speed if state.by_speed == 1 else 0.0
    if isnan(x) or isnan(blocks.values[i, LEVEL_AT]):
        return np.nan
    scores.standardise(state, blocks.values[i], x, bank.z)
    scores.detect(bank.z, bank.group, bank.is_rise, bank.detected)
    if state.by_speed == 1 and not scores.knows_speed(state, blocks.ln_speed[i]):
        # Only the spectrum's columns, capped and averaged, stand being continued to a speed that was never seen.
        bank.detected[1:] = np.nan
    for d in range(len(bank.detected)):
        judged.detected[i, d] = bank.detected[d]
    score = scores.score(state, bank.detected)
    if isnan(score):
        return np.nan
    score = scores.joined(score, blocks.champion_p[i])
    was_open = state.open == 1
    decision.decide(bank, blocks, i, score, told)
    if was_open or state.open == 1 or state.pending > 0:
        return score
    if score < tuning.clear_score:
        state.learned += 1
        scores.learn(state, bank.detected)
    return score
