"""The kernels compute what the formulas say."""

import numpy as np
from numpy.typing import NDArray

from models.sound.detectors.local_reconstruction import fit_local_reconstruction, fit_reconstruction_ensemble
from models.sound.detectors.nearest_clips import GROUPS, LARGEST_BANK, NOT_IN_BANK, drawn, nearest
from models.sound.detectors.reconstruction_kernel import COMPARED, COMPARED_SHARE, NEIGHBOURS, RIDGE
from models.sound.profile import PROFILE_COLUMNS
from tests.contracts.clip_rows import faulty_rows, normal_rows


def _log_residual(clips: NDArray[np.float64], x: NDArray[np.float64], order: NDArray[np.int64]) -> float:
    differences = clips[order] - x
    gram = differences @ differences.T
    ridged = gram + float(RIDGE) * np.trace(gram) / NEIGHBOURS * np.eye(NEIGHBOURS)
    weights = np.linalg.solve(ridged, np.ones(NEIGHBOURS))
    weights /= weights.sum()
    return float(np.log(np.linalg.norm(weights @ differences)))


def test_scores_are_those_of_the_formula() -> None:
    x = normal_rows(120, 64, 1)
    detector = fit_local_reconstruction(x, PROFILE_COLUMNS, 0)
    arrays = {name: np.asarray(array, np.float64) for name, array in detector.arrays().items()}
    clips, usual, scale = arrays["0.clips"], arrays["0.usual"], arrays["0.scale"]

    def nearest_of(row: NDArray[np.float64], itself: int = NOT_IN_BANK) -> NDArray[np.int64]:
        squares = ((clips - row) ** 2).sum(axis=1)
        if itself != NOT_IN_BANK:
            squares[itself] = np.inf
        return np.argsort(squares, kind="stable")[:NEIGHBOURS]

    own = [np.exp(_log_residual(clips, clips[i], nearest_of(clips[i], i))) for i in range(len(clips))]
    assert np.allclose(usual, own, rtol=1e-3)
    judged = faulty_rows(40, 64, 2)
    turned = judged @ arrays["0.turn"]
    expected = []
    for row in turned:
        order = nearest_of(row)
        raw = _log_residual(clips, row, order) - COMPARED_SHARE * np.log(usual[order[:COMPARED]].mean())
        expected.append((raw - scale[0]) / scale[1])
    assert np.allclose(detector.score(judged), expected, atol=5e-3)


def test_an_ensemble_is_the_mean_of_its_quarters() -> None:
    x, judged = normal_rows(120, 64, 1), faulty_rows(20, 64, 2)
    quarters = [
        fit_local_reconstruction(x[:, a : a + 16], PROFILE_COLUMNS[a : a + 16], 0).score(judged[:, a : a + 16])
        for a in range(0, 64, 16)
    ]
    ensemble = fit_reconstruction_ensemble(x, PROFILE_COLUMNS, 0)
    assert np.allclose(ensemble.score(judged), np.mean(quarters, axis=0))


def test_a_training_clip_itself_and_equal_clips_have_finite_scores() -> None:
    x = normal_rows(60, 64, 1)
    x[30:] = x[0]
    scores = fit_reconstruction_ensemble(x, PROFILE_COLUMNS, 0).score(x)
    assert np.isfinite(scores).all()


def test_the_nearest_are_the_smallest_in_order() -> None:
    rng = np.random.default_rng(0)
    for m in (32, 33, 100, 1024):
        squares = rng.integers(0, 50, m).astype(np.float32) + np.float32(0.5) * rng.random(m).astype(np.float32)
        order, distance = np.empty(NEIGHBOURS, np.int64), np.empty(NEIGHBOURS, np.float32)
        expected = np.argsort(np.delete(squares, 3), kind="stable")[:NEIGHBOURS]
        expected += expected >= 3
        values = squares[expected]
        nearest(squares, 3, np.empty(GROUPS, np.float32), order, distance)
        assert order.tolist() == expected.tolist()
        assert distance.tolist() == values.tolist()


def test_a_bank_is_bounded_and_drawn_by_the_seed() -> None:
    assert drawn(10, 0).tolist() == list(range(10))
    many = drawn(3 * LARGEST_BANK, 0)
    assert len(set(many.tolist())) == LARGEST_BANK
    assert many.tolist() == drawn(3 * LARGEST_BANK, 0).tolist() != drawn(3 * LARGEST_BANK, 1).tolist()
