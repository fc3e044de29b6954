"""A waveform sensor that says nothing of its machine is told, raises nothing and teaches nothing."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.blocks.bank import BlockBank, BlockOutcome
from models.blocks.signs import LONGEST_RUN, PILE, SIGNS, read_signs
from models.health.limits import Limits
from models.health.state import STATES
from tests.unit.models.blocks.driver import QUICK, batch, healthy, learned

Samples = list[NDArray[np.float32]]


def told(outcome: BlockOutcome) -> list[tuple[str, int]]:
    """Return state and position of each change of health."""
    return [(STATES[change["state"]], int(change["position"])) for change in outcome.changes]


def _faulty(fault: str, blocks: Samples) -> Samples:
    if fault == "flat":
        return [np.full_like(block, 0.25) for block in blocks]
    if fault == "stuck within the block":
        return [np.where(np.arange(len(block)) < 300, block[0] / 10, block).astype(np.float32) for block in blocks]
    assert fault == "clipped"
    return [np.clip(block, -1.0, 1.0).astype(np.float32) for block in blocks]


@pytest.mark.parametrize(
    ("fault", "state"), [("flat", "stuck"), ("stuck within the block", "stuck"), ("clipped", "clipped")]
)
def test_a_fault_of_the_sensor_is_told_and_raises_no_anomaly(fault: str, state: str) -> None:
    bank, random = learned()
    blocks = healthy(random, 30)
    blocks[10:20] = _faulty(fault, blocks[10:20])
    outcome = bank.advance(batch(blocks, 30))
    assert told(outcome) == [(state, 11), ("ok", 22)]
    assert len(outcome.transitions) == 0
    assert np.isnan(outcome.score[10:22]).all()
    assert outcome.changes["since_ts_us"][0] == 40_000_000
    assert outcome.health.tolist() == [0] * 11 + [outcome.changes["state"][0]] * 11 + [0] * 8


def test_a_faulty_sensor_teaches_nothing() -> None:
    bank, random = learned()
    before = bank._states[0]
    usual, count = before["maxima_mean"].copy(), int(before["learned"])
    bank.advance(batch(_faulty("clipped", healthy(random, 40)), 30))
    assert (bank._states[0]["maxima_mean"] == usual).all()
    assert bank._states[0]["learned"] == count


def test_samples_beyond_the_range_of_the_sensor_are_out_of_range() -> None:
    bank = BlockBank(QUICK, Limits({"g": (-8.0, 8.0)}))
    blocks = healthy(np.random.default_rng(3), 20)
    for block in blocks[8:12]:
        block[100] = -9.5
    outcome = bank.advance(batch(blocks))
    assert told(outcome) == [("out_of_range", 9), ("ok", 14)]
    assert outcome.changes["value"][0] == -9.5


def test_missing_blocks_are_a_gap_by_their_numbers_or_by_the_time() -> None:
    for numbered in (True, False):
        bank, random = learned()
        late = batch(healthy(random, 10), 130)
        late.seq[:] = late.seq if numbered else -1
        outcome = bank.advance(late)
        assert told(outcome) == [("gap", 0), ("ok", 3)]
        assert outcome.changes["amount"][0] == pytest.approx(100.0)
        assert outcome.changes["since_ts_us"][0] == pytest.approx(30_000_000)


def test_one_bad_block_is_not_told_and_not_judged() -> None:
    bank, random = learned()
    blocks = healthy(random, 12)
    blocks[5] = _faulty("clipped", blocks[5:6])[0]
    outcome = bank.advance(batch(blocks, 30))
    assert told(outcome) == []
    assert np.isnan(outcome.score).tolist() == [k == 5 for k in range(12)]


@pytest.mark.parametrize("kind", ["noise", "tone", "coarse noise", "coarse tone", "square", "pulses", "zeros"])
def test_healthy_waveforms_of_many_kinds_stay_ok(kind: str) -> None:
    random = np.random.default_rng(7)
    at = np.arange(120 * 512)
    wave = {
        "noise": random.normal(size=len(at)),
        "tone": np.sin(2 * np.pi * at / 37.3),
        "coarse noise": np.round(random.normal(size=len(at))),
        "coarse tone": np.round(8 * np.sin(2 * np.pi * at / 1024) + 0.1 * random.normal(size=len(at))),
        "square": np.sign(np.sin(2 * np.pi * at / 90)),
        "pulses": (at % 64 < 3).astype(float),
        "zeros": np.zeros(len(at)),
    }[kind]
    outcome = BlockBank(QUICK).advance(batch(list(wave.reshape(120, 512).astype(np.float32))))
    assert told(outcome) == []


def test_signs_equal_slow_ones() -> None:
    random = np.random.default_rng(5)
    for _ in range(200):
        x = random.integers(-3, 4, random.integers(1, 40)).astype(np.float32)
        found = np.zeros(len(SIGNS))
        read_signs(x, found)
        runs = np.split(x, np.flatnonzero(np.diff(x)) + 1)
        assert found[LONGEST_RUN] == max(len(run) for run in runs)
        levels, counts = np.unique(x, return_counts=True)
        piled = 0
        if len(levels) > 1:
            ends = ((counts[0], counts[1]), (counts[-1], counts[-2]))
            piled = max(at if at > 4 * near else 0 for at, near in ends)
        assert found[PILE] == piled / len(x)
