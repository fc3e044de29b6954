"""While a sensor learns, only a level far above that of its first blocks raises."""

import numpy as np

from models.blocks.bank import BlockBank
from models.blocks.columns import COLUMNS
from models.blocks.tuning import BlockTuning
from tests.unit.models.blocks.driver import batch, healthy, raised

LONG = BlockTuning(learn_s=1e6)


def test_a_level_four_times_as_high_is_raised_while_learning_and_cleared_when_it_is_back() -> None:
    blocks = healthy(np.random.default_rng(1), 60)
    for block in blocks[20:30]:
        block *= 4.0
    outcome = BlockBank(LONG).advance(batch(blocks))
    assert raised(outcome) == [(22, True), (34, False)]
    up = outcome.transitions[0]
    assert up["start_ts_us"] == 20_000_000
    assert 3.5 < up["value"] / up["expected"] < 4.5
    assert COLUMNS[up["feature"][0]] in ("std", "peak", "velocity_rms_mm_s")
    assert outcome.learned.sum() == 0


def test_running_in_raises_nothing() -> None:
    random = np.random.default_rng(2)
    blocks = healthy(random, 200)
    for k, block in enumerate(blocks):
        block *= 0.3 + 0.9 * np.exp(-k / 20.0)
        block += (0.3 * np.sin(np.arange(len(block)) * (0.1 + 0.001 * k))).astype(np.float32)
    assert raised(BlockBank(LONG).advance(batch(blocks))) == []


def test_blocks_far_above_the_others_teach_nothing() -> None:
    blocks = healthy(np.random.default_rng(3), 45)
    quick = BlockTuning(learn_s=0.0)
    clean, disturbed = BlockBank(quick), BlockBank(quick)
    clean.advance(batch([*blocks[:12], *blocks[22:]]))
    disturbed.advance(batch([*blocks[:12], *(5.0 * block for block in blocks[12:22]), *blocks[22:]]))
    at_once, later = clean._states[0], disturbed._states[0]
    assert later["is_learned"] == 1
    # Five blocks pass until the anomaly is cleared.
    level = COLUMNS.index("std")
    np.testing.assert_allclose(later["healthy"][level, 0], at_once["healthy"][level, 0], atol=0.02)


def test_a_level_that_stays_is_the_normal_one_in_the_end() -> None:
    blocks = healthy(np.random.default_rng(4), 220)
    for block in blocks[20:]:
        block *= 6.0
    outcome = BlockBank(BlockTuning(learn_s=0.0)).advance(batch(blocks))
    (up, down) = outcome.transitions
    assert (up["raised"], up["position"]) == (True, 22)
    assert not down["raised"]
    assert outcome.learned[-1] == 1
    assert outcome.open[-1] == 0
