"""The one loop over blocks: place, learn or judge, decide, report."""

from math import isnan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.blocks import learning, order, scores
from models.blocks.columns import DETECTORS, LEVEL_AT
from models.blocks.explanation import explain, natural
from models.blocks.state import Record
from models.kernel import kernel
from models.report import grade

TRANSITIONS, TO_FIT = 0, 1
"""Places in `counts`."""


class Blocks(NamedTuple):
    """Columns of n blocks in order of arrival; `ts_us` and `end_us` of the first and last sample; seq −1: none."""

    row: NDArray[np.int64]
    offset: NDArray[np.int64]
    ts_us: NDArray[np.int64]
    end_us: NDArray[np.int64]
    seq: NDArray[np.int64]
    rate_hz: NDArray[np.float64]
    samples: NDArray[np.int64]
    ln_speed: NDArray[np.float64]
    values: NDArray[np.float64]


class Bank(NamedTuple):
    """States and rows to learn from by row; constants; scratch `z` (columns,) and `detected` (detectors,)."""

    states: NDArray[np.void]
    kept: NDArray[np.float32]
    tuning: Record
    group: NDArray[np.uint8]
    is_log: NDArray[np.bool_]
    is_rise: NDArray[np.uint8]
    z: NDArray[np.float64]
    detected: NDArray[np.float64]


class Judged(NamedTuple):
    """What became of n blocks: status of order.py, whether learned and open after it, score, values of the detectors.

    `block` is the block's number among those of its sensor that were taken in order, from 0; -1 for the others.
    """

    status: NDArray[np.uint8]
    learned: NDArray[np.uint8]
    open: NDArray[np.uint8]
    score: NDArray[np.float64]
    block: NDArray[np.int64]
    detected: NDArray[np.float64]

    @classmethod
    def of(cls, n: int) -> "Judged":
        """Return room for n blocks."""
        status, learned, open_ = (np.zeros(n, np.uint8) for _ in range(3))
        return cls(
            status, learned, open_, np.full(n, np.nan), np.zeros(n, np.int64), np.full((n, len(DETECTORS)), np.nan)
        )


@kernel
def advance(
    bank: Bank, blocks: Blocks, judged: Judged, at: int, transitions: NDArray[np.void], counts: NDArray[np.int64]
) -> int:
    """Take in blocks from `at` on; return behind the one after which `counts[TO_FIT]` has learned enough, else n."""
    for i in range(at, len(blocks.row)):
        row = blocks.row[i]
        state = bank.states[row]
        status = order.place(state, blocks.ts_us[i], blocks.seq[i], blocks.offset[i])
        if status == order.TAKEN and not order.fits(state, blocks.rate_hz[i], blocks.samples[i]):
            status = order.ODD
            if state.odd_blocks >= order.MOST_ODD_BLOCKS:
                _start_anew(bank, blocks, i, transitions, counts)
                status = order.TAKEN
        judged.status[i] = status
        judged.block[i] = state.blocks - 1 if status >= order.ODD else -1
        if status == order.TAKEN:
            if state.is_learned == 1:
                judged.score[i] = _judge(bank, blocks, judged, i, transitions, counts)
            else:
                learning.keep(state, bank.kept[row], blocks.values[i], blocks.ln_speed[i], blocks.ts_us[i])
        judged.learned[i] = state.is_learned
        judged.open[i] = state.open
        if status == order.TAKEN and state.is_learned == 0 and _knows_enough(state, bank.tuning, blocks.end_us[i]):
            counts[TO_FIT] = row
            return i + 1
    return len(blocks.row)


@kernel
def _knows_enough(state: Record, tuning: Record, end_us: int) -> bool:
    return bool(state.learned >= tuning.learn_blocks and end_us - state.first_ts_us >= tuning.learn_us)


@kernel
def _start_anew(bank: Bank, blocks: Blocks, i: int, transitions: NDArray[np.void], counts: NDArray[np.int64]) -> None:
    """Forget what was learned of blocks of another shape; an open anomaly ends, since nothing can judge it any more."""
    state = bank.states[blocks.row[i]]
    if state.open == 1:
        state.returning_ts_us = blocks.ts_us[i]
        scores.standardise(state, blocks.values[i], 0.0, bank.z)
        bank.detected[:] = np.nan
        _report(bank, blocks, i, False, transitions, counts)
        _close(state)
    state.pending = 0
    state.is_learned = 0
    state.learned = 0
    state.kept_rows = 0
    state.maxima_count = 0
    state.maxima_mean[:] = 0.0
    state.maxima_var[:] = 0.0
    state.stretch_fill = 0
    state.odd_blocks = 0
    state.samples = 0
    order.fits(state, blocks.rate_hz[i], blocks.samples[i])


@kernel
def _judge(
    bank: Bank, blocks: Blocks, judged: Judged, i: int, transitions: NDArray[np.void], counts: NDArray[np.int64]
) -> float:
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
    if state.open == 1:
        state.peak_score = max(state.peak_score, score)
        _returning(state, score < tuning.clear_score, blocks.ts_us[i])
        if state.returning >= tuning.clear_hold_blocks:
            _report(bank, blocks, i, False, transitions, counts)
            _close(state)
        return score
    if score >= tuning.raise_score:
        if state.pending == 0:
            state.pending_ts_us = blocks.ts_us[i]
            state.pending_offset = blocks.offset[i]
            state.peak_score = 0.0
        state.pending += 1
        state.peak_score = max(state.peak_score, score)
        if state.pending >= tuning.hold_blocks:
            state.open = 1
            state.anomaly_offset = blocks.offset[i]
            _report(bank, blocks, i, True, transitions, counts)
        return score
    state.pending = 0
    if score < tuning.clear_score:
        state.learned += 1
        scores.learn(state, bank.detected)
    return score


@kernel
def _returning(state: Record, usual: bool, ts_us: int) -> None:
    if usual and state.returning == 0:
        state.returning_ts_us = ts_us
    state.returning = state.returning + 1 if usual else 0


@kernel
def _close(state: Record) -> None:
    """Forget an anomaly that is over, so that equal states are equal bytes."""
    state.open = 0
    state.anomaly_offset = 0
    state.pending = 0
    state.pending_ts_us = 0
    state.pending_offset = 0
    state.returning = 0
    state.returning_ts_us = 0
    state.peak_score = 0.0


@kernel
def _report(
    bank: Bank, blocks: Blocks, i: int, raised: bool, transitions: NDArray[np.void], counts: NDArray[np.int64]
) -> None:
    """Write the transition that block `i` leads to; the anomaly is open, `bank.z`, `bank.detected` are the block's."""
    state, told = bank.states[blocks.row[i]], transitions[counts[TRANSITIONS]]
    counts[TRANSITIONS] += 1
    x = blocks.ln_speed[i] - state.ln_speed if state.by_speed == 1 else 0.0
    told.row = blocks.row[i]
    told.position = i
    told.raised = raised
    told.anomaly_offset = state.anomaly_offset
    told.first_offset = state.pending_offset
    told.last_offset = blocks.offset[i]
    told.ts_us = blocks.end_us[i]
    told.start_ts_us = state.pending_ts_us
    told.end_ts_us = 0 if raised else state.returning_ts_us
    told.value = natural(bank.is_log, LEVEL_AT, blocks.values[i, LEVEL_AT])
    told.expected = natural(bank.is_log, LEVEL_AT, scores.expected(state, LEVEL_AT, x))
    told.score = state.peak_score
    told.threshold = bank.tuning.raise_score
    told.grade = grade(state.peak_score, bank.tuning.raise_score)
    told.p_value = 10.0**-state.peak_score
    told.confidence = state.learned / (state.learned + bank.tuning.learn_blocks)
    for d in range(len(bank.detected)):
        told.detector_scores[d] = bank.detected[d]
    explain(bank.z, blocks.values[i], bank.group, bank.is_log, state, x, told)
