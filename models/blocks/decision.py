"""When a pattern of blocks is raised and cleared, and what is told of it."""

import numpy as np
from numpy.typing import NDArray

from models.blocks import scores
from models.blocks.arrays import TRANSITIONS, Bank, Blocks
from models.blocks.columns import LEVEL_AT
from models.blocks.explanation import explain, natural
from models.kernel import Record, kernel
from models.report import grade


@kernel
def decide(
    bank: Bank, blocks: Blocks, i: int, score: float, transitions: NDArray[np.void], counts: NDArray[np.int64]
) -> None:
    """Raise, hold or clear by the score of a block."""
    state, tuning = bank.states[blocks.row[i]], bank.tuning
    if state.open == 1:
        state.peak_score = max(state.peak_score, score)
        _returning(state, score < tuning.clear_score, blocks.ts_us[i])
        if state.returning >= tuning.clear_hold_blocks:
            report(bank, blocks, i, False, transitions, counts)
            close(state)
        return
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
            report(bank, blocks, i, True, transitions, counts)
        return
    state.pending = 0


@kernel
def _returning(state: Record, usual: bool, ts_us: int) -> None:
    if usual and state.returning == 0:
        state.returning_ts_us = ts_us
    state.returning = state.returning + 1 if usual else 0


@kernel
def close(state: Record) -> None:
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
def report(
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
    told.detector_scores[len(bank.detected)] = blocks.champion_score[i]
    explain(bank.z, blocks.values[i], bank.group, bank.is_log, state, x, told)
