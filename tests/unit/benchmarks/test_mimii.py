"""The benchmark of sound counts as it says, and refuses broken data."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from benchmarks.quality import mimii
from benchmarks.quality.roc import area
from models.sound.detectors.registry import ENSEMBLE, SOUND_DETECTORS
from schemas.errors import BadDataError, UnavailableError
from tests.shared_data import shared_data


@pytest.mark.parametrize("levels", [3, 1000])
def test_areas_are_those_of_scikit_learn(levels: int) -> None:
    rng = np.random.default_rng(levels)
    faulty = rng.random(300) < 0.4
    score = np.round((rng.normal(size=300) + faulty) * levels) / levels
    assert area(faulty, score) == pytest.approx(roc_auc_score(faulty, score))
    assert area(faulty, score, 0.1) == pytest.approx(roc_auc_score(faulty, score, max_fpr=0.1))


def test_chance_and_certainty() -> None:
    faulty = np.arange(10) >= 5
    assert area(faulty, np.zeros(10)) == area(faulty, np.zeros(10), 0.1) == pytest.approx(0.5)
    assert area(faulty, np.arange(10.0)) == area(faulty, np.arange(10.0), 0.1) == pytest.approx(1.0)
    with pytest.raises(BadDataError, match="healthy and faulty"):
        area(np.ones(3, np.bool_), np.zeros(3))


def test_a_real_fan_is_heard() -> None:
    path = shared_data("mimii_fan_features") / "0dB_id_02.npz"
    found = mimii._areas(ENSEMBLE, mimii._read(path))
    assert found["auc"] > 0.99
    assert found["pauc"] > 0.97


def test_in_loud_surroundings_the_ensemble_beats_each_other_detector() -> None:
    case = mimii._read(shared_data("mimii_fan_features") / "min6dB_id_02.npz")
    found = {name: mimii._areas(name, case, splits=1) for name in SOUND_DETECTORS}
    ensemble = found.pop(ENSEMBLE)
    assert ensemble["auc"] > 0.94
    for other in found.values():
        assert ensemble["auc"] > other["auc"]
        assert ensemble["pauc"] > other["pauc"]


def _write(folder: Path, **changes: NDArray[Any]) -> Path:
    columns = list(mimii.NAMES)
    rng = np.random.default_rng(0)
    content: dict[str, Any] = {
        "columns": np.array(columns),
        "X": rng.random((90, len(columns))).astype(np.float32),
        "is_normal": (np.arange(90) < 70).astype(np.int8),
        "filename": np.array([f"{i:08}.wav" for i in range(90)]),
    }
    path = folder / "mimii_fan_features" / "0dB_id_02.npz"
    path.parent.mkdir(exist_ok=True)
    np.savez(path, **(content | changes))
    return path


def test_columns_are_found_by_name_and_clips_by_time(tmp_path: Path) -> None:
    case = mimii._read(_write(tmp_path))
    columns = list(mimii.NAMES)
    order = np.random.default_rng(1).permutation(len(columns))
    with np.load(tmp_path / "mimii_fan_features" / "0dB_id_02.npz") as found:
        x = found["X"]
    rows = np.arange(90)[::-1]
    again = mimii._read(
        _write(
            tmp_path,
            columns=np.array(columns)[order],
            X=x[rows][:, order],
            is_normal=(rows < 70).astype(np.int8),
            filename=np.array([f"{i:08}.wav" for i in rows]),
        )
    )
    assert np.array_equal(again.clips, case.clips)
    assert np.array_equal(again.mfcc, case.mfcc)
    assert np.array_equal(again.is_normal, case.is_normal)
    assert (case.noise, case.fan) == ("0dB", "02")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"columns": np.array(["x"] * len(mimii.NAMES))}, "no table of clip statistics"),
        ({"X": np.full((90, len(mimii.NAMES)), np.nan, np.float32)}, "finite"),
        ({"is_normal": np.ones(90, np.int8)}, "lacks abnormal clips"),
        ({"is_normal": (np.arange(90) < 45).astype(np.int8)}, "normal ones beyond as many"),
    ],
)
def test_broken_files_are_named(tmp_path: Path, changes: dict[str, NDArray[Any]], told: str) -> None:
    _write(tmp_path, **changes)
    with pytest.raises(BadDataError, match=rf"0dB_id_02\.npz.*{told}"):
        mimii.measure(tmp_path)


def test_absent_and_empty_collections_give_no_number(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="mimii_fan_features"):
        mimii.measure(tmp_path)
    (tmp_path / "mimii_fan_features").mkdir()
    with pytest.raises(BadDataError, match="no file"):
        mimii.measure(tmp_path)
