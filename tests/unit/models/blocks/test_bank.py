"""A sensor learned from its own blocks: silent while healthy, loud and clear when not."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.arrival import DUPLICATE, LATE
from models.blocks.bank import BlockBank
from models.blocks.columns import COLUMNS, DETECTORS
from models.blocks.machine_lines import MachineLines
from models.blocks.order import ODD, TAKEN
from models.blocks.tuning import BlockTuning
from models.features.rotation import Bearing
from schemas.errors import BadDataError, SettingsError
from tests.unit.models.blocks.driver import QUICK, RATE_HZ, STEP_US, batch, healthy, learned, raised


def _louder(blocks: list[NDArray[np.float32]], factor: float) -> list[NDArray[np.float32]]:
    return [np.asarray(factor * block, np.float32) for block in blocks]


def test_a_fault_is_raised_after_three_blocks_with_its_onset_and_cleared_after_five() -> None:
    bank, random = learned()
    outcome = bank.advance(
        batch([*healthy(random, 20), *_louder(healthy(random, 10), 2.0), *healthy(random, 10)], first=30)
    )
    assert raised(outcome) == [(22, True), (34, False)]
    raise_, clear = outcome.transitions
    assert raise_["start_ts_us"] == 50 * STEP_US
    assert raise_["ts_us"] == 52 * STEP_US + round(511 / RATE_HZ * 1e6)
    assert clear["end_ts_us"] == 60 * STEP_US
    assert (raise_["first_offset"], raise_["last_offset"], raise_["anomaly_offset"]) == (50, 52, 52)
    assert clear["anomaly_offset"] == 52
    assert raise_["value"] == pytest.approx(2 * raise_["expected"], rel=0.1)
    assert 0.5 <= raise_["grade"] <= 1.0
    assert raise_["p_value"] <= 1e-3
    assert COLUMNS[raise_["feature"][0]] in {"std", "peak", "velocity_rms_mm_s", "peak_1_magnitude"}
    assert raise_["feature_value"][0] > raise_["feature_expected"][0]
    assert outcome.open.tolist() == [0] * 22 + [1] * 12 + [0] * 6


def test_healthy_noise_raises_nothing() -> None:
    random = np.random.default_rng(3)
    bank = BlockBank(QUICK)
    scores = []
    for row in range(40):
        outcome = bank.advance(batch(healthy(random, 150, 256), row=row))
        assert raised(outcome) == []
        scores.append(outcome.score)
    found = np.concatenate(scores)
    assert np.nanmean(found > 2.0) < 0.01


def test_impacts_are_found_by_what_they_raise() -> None:
    bank, random = learned()
    blocks = healthy(random, 6)
    for block in blocks:
        block[::128] += 4.0
    outcome = bank.advance(batch(blocks, first=30))
    assert raised(outcome) == [(2, True)]
    (raise_,) = outcome.transitions
    assert {"kurtosis", "skewness"} <= {COLUMNS[j] for j in raise_["feature"]}
    assert raise_["detector_scores"][DETECTORS.index("severity_rise")] > 10.0


def test_a_line_of_the_bearing_is_named() -> None:
    lines = MachineLines.of(Bearing(9, 7.94, 39.04), gear_teeth=None)
    bpfo_hz = lines.bearing_orders[0] * 1500.0 / 60.0
    bank, random = learned(samples=4096, speed_rpm=1500.0, lines=lines)
    # The noise comes and goes as the rolling elements pass; its level and spectrum stay.
    passing = (1.0 + np.cos(2 * np.pi * bpfo_hz / RATE_HZ * np.arange(4096))) / np.sqrt(1.5)
    tone = np.sin(2 * np.pi * 200.0 / RATE_HZ * np.arange(4096))
    blocks = [np.asarray(tone + (block - tone) * passing, np.float32) for block in healthy(random, 5, 4096)]
    outcome = bank.advance(batch(blocks, first=30, speed_rpm=1500.0, lines=lines))
    (raise_,) = outcome.transitions
    assert "envelope_bpfo" in [COLUMNS[j] for j in raise_["feature"]]


def test_speeds_that_were_learned_raise_nothing_by_themselves() -> None:
    random = np.random.default_rng(5)
    bank = BlockBank(QUICK)

    def run(rpm: float, noise: float = 0.3) -> NDArray[np.float32]:
        tone = (rpm / 1500.0) ** 2 * np.sin(2 * np.pi * rpm / 7.5 / RATE_HZ * np.arange(512))
        return np.asarray(tone + noise * random.normal(size=512), np.float32)

    speeds = [1000.0, 1250.0, 1500.0, 1750.0, 2000.0] * 24
    outcome = bank.advance(batch([run(rpm) for rpm in speeds], speed_rpm=speeds))
    assert raised(outcome) == []
    outcome = bank.advance(batch([run(rpm, 1.5) for rpm in speeds[:5]], first=120, speed_rpm=speeds[:5]))
    assert raised(outcome) == [(2, True)]
    # Without a speed it cannot say.
    assert np.isnan(bank.advance(batch([run(1250.0)], first=125)).score).all()


def test_nothing_is_learned_while_an_anomaly_is_open() -> None:
    bank, random = learned()
    for first in range(30, 330, 20):
        outcome = bank.advance(batch(_louder(healthy(random, 20), 3.0), first=first))
    assert outcome.open.all()


def test_duplicates_and_late_blocks_change_nothing_but_the_offset() -> None:
    bank, random = learned()
    known = bank.pack(0)
    again = batch(healthy(random, 2), first=3)
    moved = batch(healthy(random, 1), first=4)
    again.offset[:], moved.offset[:] = [40, 41], 42
    moved.seq[:], moved.ts_us[:] = 9_000, 5 * STEP_US + 1
    assert bank.advance(again).status.tolist() == [DUPLICATE, DUPLICATE]
    assert bank.advance(moved).status.tolist() == [LATE]
    assert bank.pack(0)[8:] == known[8:]


def test_a_device_that_counts_anew_goes_on() -> None:
    bank, random = learned()
    later = batch(healthy(random, 3), first=30)
    later.seq[:] = [0, 1, 2]
    assert bank.advance(later).status.tolist() == [TAKEN] * 3


def test_another_length_is_not_judged_and_learned_anew_when_it_stays() -> None:
    bank, random = learned()
    outcome = bank.advance(batch([*healthy(random, 2, 100), *healthy(random, 1), *healthy(random, 7, 100)], first=30))
    assert outcome.status.tolist() == [ODD, ODD, TAKEN, ODD, ODD, ODD, ODD, TAKEN, TAKEN, TAKEN]
    assert outcome.learned.tolist() == [1] * 7 + [0] * 3


def test_an_open_anomaly_ends_where_the_sensor_is_set_up_anew() -> None:
    bank, random = learned()
    blocks = [*_louder(healthy(random, 4), 3.0), *healthy(random, 6, 100)]
    assert raised(bank.advance(batch(blocks, first=30))) == [(2, True), (8, False)]


@pytest.mark.parametrize("samples", [1, 15, 16, 17, 100])
def test_short_flat_and_huge_blocks_have_an_answer(samples: int) -> None:
    bank = BlockBank(BlockTuning(learn_blocks=8, learn_s=0.0))
    huge = np.full(samples, 3e38, np.float32)
    huge[::2] *= -1
    blocks = [np.zeros(samples, np.float32), huge, np.arange(samples, dtype=np.float32)]
    outcome = bank.advance(batch(blocks * 10))
    assert (outcome.status == TAKEN).all()
    assert raised(outcome) == []
    assert np.isnan(outcome.features).all() == (samples < 16)
    assert not np.isinf(outcome.features).any()


def test_no_blocks_bring_nothing() -> None:
    outcome = BlockBank().advance(batch([]))
    assert len(outcome.transitions) == len(outcome.status) == 0


def test_long_learning_keeps_few_rows() -> None:
    random = np.random.default_rng(2)
    bank = BlockBank(BlockTuning(learn_blocks=100, learn_s=0.0))
    outcome = bank.advance(batch(healthy(random, 99, 64)))
    assert not outcome.learned.any()
    assert len(bank.pack(0)) < 24_000
    assert bank.advance(batch(healthy(random, 1, 64), first=99)).learned.all()
    assert len(bank.pack(0)) < 2_500


def test_learning_lasts_as_long_as_it_must() -> None:
    random = np.random.default_rng(2)
    bank = BlockBank(BlockTuning(learn_blocks=8, learn_s=20.0))
    assert bank.advance(batch(healthy(random, 40, 64))).learned.tolist() == [0] * 20 + [1] * 20


def test_what_was_learned_with_other_constants_is_learned_anew() -> None:
    bank, random = learned()
    other = BlockBank(BlockTuning(learn_blocks=10, learn_s=0.0))
    other.restore(0, bank.pack(0))
    outcome = other.advance(batch(healthy(random, 12), first=30))
    assert outcome.learned.tolist() == [0] * 9 + [1] * 3
    assert other.advance(batch(healthy(random, 1), first=5)).status.tolist() == [0]


@pytest.mark.parametrize("packed", [b"", b"\0" * 20, b"\0" * 8 + b"\1" + b"\0" * 7])
def test_bytes_that_are_no_state_are_refused(packed: bytes) -> None:
    with pytest.raises(BadDataError, match="learn anew"):
        BlockBank().restore(0, packed)


@pytest.mark.parametrize(
    "wrong", [{"learn_blocks": 7}, {"learn_s": -1.0}, {"clear_score": 9.0}, {"hold_blocks": 0}, {"raise_score": 1e9}]
)
def test_constants_that_cannot_work_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        BlockTuning(**wrong)  # type: ignore[arg-type]
