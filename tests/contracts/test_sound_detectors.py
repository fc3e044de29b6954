"""The laws of every detector of sound, as of every detector."""

import subprocess
import sys
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.quality.roc import area
from models.array_file import pack_arrays, unpack_arrays
from models.detectors.row_detector import RowDetector
from models.sound.detectors.registry import SOUND_DETECTORS
from schemas.errors import BadDataError
from tests.contracts.clip_rows import faulty_rows, normal_rows

NAMES = sorted(SOUND_DETECTORS)
TRAINING, JUDGED = 400, 150


@cache
def fitted(name: str, seed: int = 1) -> RowDetector:
    kind = SOUND_DETECTORS[name]
    return kind.fit(normal_rows(TRAINING, len(kind.columns), 7), kind.columns, seed)


def _width(name: str) -> int:
    return len(SOUND_DETECTORS[name].columns)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(0, JUDGED), max_size=4))
def test_cutting_a_batch_anywhere_changes_nothing(name: str, cuts: list[int]) -> None:
    rows = faulty_rows(JUDGED, _width(name), 3)
    bounds = [0, *sorted(cuts), JUDGED]
    parts = [fitted(name).score(rows[a:b]) for a, b in pairwise(bounds)]
    assert np.array_equal(np.concatenate(parts), fitted(name).score(rows))


@pytest.mark.parametrize("name", NAMES)
def test_permuted_rows_have_permuted_scores_and_stay_as_they_are(name: str) -> None:
    rows = faulty_rows(JUDGED, _width(name), 3)
    before, order = rows.copy(), np.random.default_rng(0).permutation(JUDGED)
    scores = fitted(name).score(rows)
    assert np.array_equal(fitted(name).score(rows[order]), scores[order])
    assert np.array_equal(rows, before)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", NAMES)
def test_no_row_and_one_row(name: str) -> None:
    rows = normal_rows(1, _width(name), 5)
    assert fitted(name).score(rows[:0]).shape == (0,)
    assert fitted(name).score(rows).shape == (1,)


@pytest.mark.parametrize("name", NAMES)
def test_unknown_and_wild_columns_never_give_wrong_numbers(name: str) -> None:
    k = _width(name)
    rows = normal_rows(5, k, 5)
    rows[0, : k // 4] = np.nan
    rows[1, : k // 2 + 1] = np.nan
    rows[2] = np.nan
    rows[3, 0] = 1e30
    rows[4] = 1e30
    scores = fitted(name).score(rows)
    assert np.isnan(scores).tolist() == [False, True, True, False, False]
    assert np.isfinite(scores[[0, 3, 4]]).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_column_that_is_constant_or_unknown_in_training_does_no_harm(name: str) -> None:
    kind = SOUND_DETECTORS[name]
    rows = normal_rows(TRAINING, len(kind.columns), 7)
    rows[:, 0] = 0.25
    rows[:, 1] = np.nan
    scores = kind.fit(rows, kind.columns, 1).score(rows)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", NAMES)
def test_saved_and_loaded_it_scores_the_same_bits(name: str) -> None:
    detector, kind = fitted(name), SOUND_DETECTORS[name]
    packed = pack_arrays(detector.arrays(), {})
    loaded = kind.of.from_arrays(kind.columns, unpack_arrays(packed)[0])
    rows = faulty_rows(JUDGED, len(kind.columns), 3)
    assert np.array_equal(loaded.score(rows), detector.score(rows))
    assert pack_arrays(loaded.arrays(), {}) == packed


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_makes_the_same_model(name: str) -> None:
    kind = SOUND_DETECTORS[name]
    again = kind.fit(normal_rows(TRAINING, len(kind.columns), 7), kind.columns, 1)
    assert pack_arrays(again.arrays(), {}) == pack_arrays(fitted(name).arrays(), {})


@pytest.mark.parametrize("name", NAMES)
def test_seeded_faults_are_found_better_than_by_chance(name: str) -> None:
    k = _width(name)
    rows = np.vstack([normal_rows(JUDGED, k, 11), faulty_rows(JUDGED, k, 12)])
    assert area(np.arange(2 * JUDGED) >= JUDGED, fitted(name).score(rows)) > 0.75


@pytest.mark.parametrize("name", NAMES)
def test_other_columns_and_too_few_rows_are_refused(name: str) -> None:
    kind = SOUND_DETECTORS[name]
    k = len(kind.columns)
    with pytest.raises(BadDataError, match="columns"):
        fitted(name).score(np.zeros((2, k + 1)))
    if name != "mahalanobis":  # it learns online: after few rows it says NaN
        with pytest.raises(BadDataError, match="give at least"):
            kind.fit(normal_rows(1, k, 1), kind.columns, 1)


def test_serving_loads_nothing_that_only_training_needs() -> None:
    code = (
        "import sys; import models.sound.detectors.registry;"
        "print([name for name in ('torch', 'sklearn', 'scipy.stats', 'librosa') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
