"""The models of a type as one kernel: what each detector, calibration and the combination of them give on their own."""

import numpy as np
from numpy.typing import NDArray

from models.array_file import unpack_arrays
from models.calibration.combination import combine_rows
from models.calibration.score_calibration import ScoreCalibration
from models.detectors.half_space_trees import plant_half_space_trees
from models.detectors.isolation_forest import TREES, IsolationForest, grow_forest
from models.detectors.mahalanobis import no_mahalanobis
from models.detectors.neighbours import no_neighbours
from models.detectors.row_detector import OnlineRowDetector, standard_rows
from models.detectors.type_kernel import FOREST
from models.detectors.type_models import DETECTORS, FIRST_REFITS_ROWS, SUBSAMPLE, TypeModels

COLUMNS = tuple("abcdef")
K = len(COLUMNS)


def rows(n: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return rows with gaps, wild values and some of which more than half is missing; and which may be learned."""
    random = np.random.default_rng(seed)
    z = random.normal(size=(n, K))
    z[random.random(z.shape) < 0.1] = np.nan
    z[random.random(n) < 0.05, : K // 2 + 1] = np.nan
    z[random.random(n) < 0.02] = 1e6
    z[random.random(n) < 0.02, 0] = -np.inf
    return z, random.random(n) < 0.9


def one_by_one(z: NDArray[np.float64], may_learn: NDArray[np.bool_], seed: int) -> tuple[NDArray[np.float64], ...]:
    """Return scores and p-values (n, d), p-value and confidence (n,) by rows that go through each part on its own."""
    n, d = len(z), len(DETECTORS)
    trees, distance, sample = (
        plant_half_space_trees(COLUMNS, seed),
        no_mahalanobis(COLUMNS),
        no_neighbours(COLUMNS, seed),
    )
    online: tuple[OnlineRowDetector, ...] = (trees, distance, sample)
    calibrations = [ScoreCalibration.empty(seed + at) for at in range(d)]
    forest: IsolationForest | None = None
    scores, p_values, confidence = np.full((3, d, n), np.nan)
    standard, judged = standard_rows(z, COLUMNS)
    learned = 0
    for i in range(n):
        row, learn = standard[i : i + 1], judged[i : i + 1] & may_learn[i : i + 1]
        if forest:
            forest.judge(row, scores[0, i : i + 1])
        for at, detector in enumerate(online, 1):
            detector.advance(row, learn, scores[at, i : i + 1])
        if not judged[i]:
            scores[:, i] = np.nan
        for at, calibration in enumerate(calibrations):
            one = slice(i, i + 1)
            calibration.advance(scores[at, one], learn, p_values[at, one], confidence[at, one])
        learned += int(learn[0])
        if learn[0] and learned in FIRST_REFITS_ROWS:
            forest = grow_forest(sample.sample, COLUMNS, seed + learned, TREES, SUBSAMPLE)
    combined = np.empty(n)
    combine_rows(np.ascontiguousarray(p_values.T), combined)
    return scores.T, p_values.T, combined, confidence.mean(axis=0)


def test_the_kernel_gives_what_its_parts_give() -> None:
    z, may_learn = rows(1400, 1)
    models, at = TypeModels(COLUMNS, 7), 0
    found = []
    for length in (1, 300, 0, 64, 1035):
        found.append(models.advance(z[at : at + length], may_learn[at : at + length]))
        at += length
    expected = one_by_one(z, may_learn, 7)
    for name, of_parts in zip(("scores", "p_values", "p_value", "confidence"), expected, strict=True):
        np.testing.assert_array_equal(np.concatenate([getattr(one, name) for one in found]), of_parts)
    assert np.isfinite(expected[0][:, FOREST]).any()


def test_what_is_known_of_rows_changes_nothing() -> None:
    known, unknown = TypeModels(COLUMNS, 7), TypeModels(COLUMNS, 7)
    for begin in range(0, 1200, 100):
        # Of rows that come before the forest is grown anew and of some that come after it.
        z, _ = rows(100, begin)
        known.learn(z, known.judge(z).scores)
        unknown.learn(z)
    assert known.learned > FIRST_REFITS_ROWS[1]
    assert known.pack() == unknown.pack()


def test_rows_learned_together_teach_what_they_teach_one_by_one_but_for_what_is_usual_of_scores() -> None:
    together, one_after_another = TypeModels(COLUMNS, 7), TypeModels(COLUMNS, 7)
    for begin in range(0, 1200, 100):
        z, _ = rows(100, begin)
        together.learn(z)
        one_after_another.advance(z, np.ones(100, np.bool_))
    found, expected = (unpack_arrays(models.pack())[0] for models in (together, one_after_another))
    of_models = [name for name in expected if "calibration" not in name]
    assert len(of_models) > 10
    for name in of_models:
        np.testing.assert_array_equal(found[name], expected[name], name)
