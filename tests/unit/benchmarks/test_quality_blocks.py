"""The benchmarks of quality on waveform blocks: their rules on made records, their goals on real ones."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality import adi, pronostia
from benchmarks.quality.pronostia import Life, metrics
from schemas.errors import BadDataError, UnavailableError
from tests.shared_data import shared_data


def _motor(folder: Path, loud: float) -> None:
    (folder / "adi_cbm").mkdir()
    random = np.random.default_rng(1)
    for rpm in (600, 1200, 1800, 2400, 3000):
        for state, factor in ((adi.HEALTHY, 1.0), ("HBF_GS_BaLo_WA", loud)):
            x = factor * random.normal(size=(8_000, 3))
            np.savez(folder / "adi_cbm" / f"{rpm:04d}_{state}_00lb.npz", x=x.astype(np.float16))


def test_a_fault_that_is_plain_is_always_told_and_none_is_a_coin(tmp_path: Path) -> None:
    _motor(tmp_path, loud=3.0)
    found = adi.measure(tmp_path)
    assert found.metrics == {"auc_mean": 1.0, "auc_worst": 1.0}
    assert (found.files, found.details["healthy_moments"]) == (10, 10)


def test_records_that_are_none_are_bad_data(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="adi_cbm"):
        adi.measure(tmp_path)
    (tmp_path / "adi_cbm").mkdir()
    (tmp_path / "adi_cbm" / "0600_GoB_GS_BaLo_WA_00lb.npz").write_bytes(b"x")
    with pytest.raises(BadDataError, match="0600_GoB"):
        adi.measure(tmp_path)
    (tmp_path / "pronostia").mkdir()
    np.savez(tmp_path / "pronostia" / "b.npz", index=np.arange(3), acc=np.zeros((2, 8), np.float32))
    with pytest.raises(BadDataError, match=r"b\.npz"):
        pronostia.measure(tmp_path)


def test_a_bearing_that_grows_loud_is_told_in_time(tmp_path: Path) -> None:
    (tmp_path / "pronostia").mkdir()
    random = np.random.default_rng(2)
    level = np.where(np.arange(400) < 300, 1.0, 3.0)
    acc = (level[:, None] * random.normal(size=(400, 256))).astype(np.float32)
    np.savez(tmp_path / "pronostia" / "Bearing.npz", index=np.arange(1, 401), acc=acc)
    found = pronostia.measure(tmp_path)
    assert found.metrics == {"lead_min_s": 970, "early": 0, "missed": 0}
    assert found.references["clock"]["missed"] == 1


def test_lead_early_and_missed() -> None:
    lives = [Life(5_000, 900), Life(5_000, 4_000), Life(5_000, 4_500), Life(5_000, None)]
    assert metrics(lives[:2]) == {"lead_min_s": 1_000, "early": 1, "missed": 0}
    assert metrics(lives) == {"lead_min_s": 0, "early": 1, "missed": 2}


def test_the_motor_reaches_its_goal() -> None:
    data = shared_data("adi_cbm").parent
    found = adi.measure(data)
    assert found.metrics["auc_mean"] >= 0.99
    assert found.metrics["auc_worst"] >= 0.95
    assert found.false_alarms == 0


def test_the_bearing_is_told_before_the_clock_and_never_early() -> None:
    found = pronostia.measure(shared_data("pronostia").parent)
    assert found.metrics["early"] == 0
    assert found.metrics["lead_min_s"] > found.references["clock"]["lead_min_s"]
