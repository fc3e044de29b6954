"""When a pattern of blocks is raised and cleared, and what is told of it."""

from models import pattern
from models.blocks import scores
from models.blocks.arrays import Bank, Blocks
from models.blocks.columns import LEVEL_AT
from models.blocks.explanation import explain, natural
from models.kernel import kernel
from models.told import TRANSITIONS, Told


@kernel
def decide(bank: Bank, blocks: Blocks, i: int, score: float, told: Told) -> None:
    """Raise, hold or clear by the score of a block."""
    state, tuning, ts_us = bank.states[blocks.row[i]], bank.tuning, blocks.ts_us[i]
    changed = pattern.follow(
        state, score, tuning.raise_score, tuning.hold_blocks, tuning.clear_score, tuning.clear_hold_blocks,
        ts_us, ts_us, blocks.offset[i],
    )  # fmt: skip
    if changed != pattern.NOTHING:
        report(bank, blocks, i, changed == pattern.RAISED, told)
    if changed == pattern.CLEARED:
        pattern.close(state)


@kernel
def report(bank: Bank, blocks: Blocks, i: int, raised: bool, told: Told) -> None:
    """Write the transition that block `i` leads to; the anomaly is open, `bank.z`, `bank.detected` are the block's."""
    state, out = bank.states[blocks.row[i]], told.transitions[told.counts[TRANSITIONS]]
    told.counts[TRANSITIONS] += 1
    x = blocks.ln_speed[i] - state.ln_speed if state.by_speed == 1 else 0.0
    out.row = blocks.row[i]
    out.position = i
    pattern.tell(state, raised, bank.tuning.raise_score, blocks.end_us[i], blocks.offset[i], out)
    out.value = natural(bank.is_log, LEVEL_AT, blocks.values[i, LEVEL_AT])
    out.expected = natural(bank.is_log, LEVEL_AT, scores.expected(state, LEVEL_AT, x))
    out.confidence = state.learned / (state.learned + bank.tuning.learn_blocks)
    for d in range(len(bank.detected)):
        out.detector_scores[d] = bank.detected[d]
    out.detector_scores[len(bank.detected)] = blocks.champion_score[i]
    explain(bank.z, blocks.values[i], bank.group, bank.is_log, state, x, out)
