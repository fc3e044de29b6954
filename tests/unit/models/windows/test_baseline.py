"""Each sensor's own mean and variance: equal to the plain ones of the rows learned, and only healthy rows teach."""

import numpy as np
from numpy.typing import NDArray

from models.features.extractors import WINDOW_FEATURES
from models.windows import baseline
from models.windows.baseline import FIRST_ROWS, SETTLED_ROWS
from models.windows.sensor_state import SENSOR
from models.windows.state import ANOMALY_OPEN, IMPUTED, LEARNING, UNHEALTHY

K = len(WINDOW_FEATURES)


def standardise(
    states: NDArray[np.void], features: NDArray[np.float64], *, rows: int | NDArray[np.int64] = 0, flags: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    n = len(features)
    learned, usual, z, may_learn = np.empty(n, np.int64), np.empty((n, K)), np.empty((n, K)), np.empty(n, np.bool_)
    places, is_first, fleet = np.full(n, rows, np.int64), np.zeros(n, np.int64), np.zeros(1, SENSOR)
    baseline.standardise(
        states, places, np.full(n, flags, np.int64), is_first, features, 5, learned, usual, z, may_learn, fleet
    )
    return z, may_learn


def test_rows_are_standardised_by_mean_and_deviation_of_those_before() -> None:
    features = np.random.default_rng(1).normal(7.0, 2.0, (60, K)).clip(3.0, 11.0)
    states = np.zeros(1, SENSOR)
    z, may_learn = standardise(states, features)
    assert np.isnan(z[:FIRST_ROWS]).all()
    assert may_learn.tolist() == [k >= FIRST_ROWS for k in range(60)]
    for k in (FIRST_ROWS, 20, 59):
        before = features[:k]
        np.testing.assert_allclose(z[k], (features[k] - before.mean(axis=0)) / before.std(axis=0), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(states["mean"][0], features.mean(axis=0))
    np.testing.assert_allclose(states["variance"][0], features.var(axis=0))
    assert states["learned"][0] == 60


def test_only_healthy_rows_teach() -> None:
    features = np.random.default_rng(2).normal(size=(40, K))
    for flags, teaches_baseline, teaches_models in (
        (0, True, True),
        (IMPUTED, True, True),
        (LEARNING, True, False),
        (ANOMALY_OPEN, False, False),
        (UNHEALTHY, False, False),
    ):
        states = np.zeros(1, SENSOR)
        standardise(states, features[:20])
        before = states.copy()
        z, may_learn = standardise(states, features[20:], flags=flags)
        assert np.isfinite(z).all()
        assert (states.tobytes() != before.tobytes()) == teaches_baseline
        assert may_learn.any() == teaches_models


def test_an_open_pattern_stops_learning_from_the_next_chunk_on() -> None:
    features = np.random.default_rng(2).normal(size=(40, K))
    states = np.zeros(1, SENSOR)
    standardise(states, features[:20])
    states["open"], states["was_open"], states["changed_in"] = 1, 0, 5
    assert standardise(states, features[20:30])[1].all()
    states["changed_in"] = 4
    assert not standardise(states, features[20:30])[1].any()


def test_a_wild_row_moves_a_settled_baseline_little() -> None:
    states = np.zeros(1, SENSOR)
    standardise(states, np.random.default_rng(2).normal(size=(10 * SETTLED_ROWS, K)))
    mean, variance = states["mean"][0].copy(), states["variance"][0].copy()
    standardise(states, np.full((1, K), 1e9))
    assert (abs(states["mean"][0] - mean) < 0.1).all()
    assert (states["variance"][0] < 1.5 * variance).all()


def test_constant_missing_and_huge_features() -> None:
    features = np.full((30, K), 3.0)
    features[:, 1] = np.nan
    features[::2, 2] = np.inf
    features[:, 3] = 1e150
    features[20:, 4] = -1e100
    states = np.zeros(1, SENSOR)
    z, _ = standardise(states, features)
    assert (z[FIRST_ROWS:, 0] == 0.0).all()
    assert np.isnan(z[:, 1]).all()
    assert np.isnan(z[::2, 2]).all()
    assert np.isfinite(z[FIRST_ROWS:, 3]).all()
    assert not np.isnan(z[20:, 4]).any()
    assert np.isfinite(states["mean"]).all()
    assert np.isfinite(states["variance"]).all()


def test_sensors_do_not_know_each_other() -> None:
    features = np.random.default_rng(4).normal(size=(60, K))
    rows = np.arange(60) % 3
    together = np.zeros(3, SENSOR)
    z, _ = standardise(together, features, rows=rows)
    for row in range(3):
        alone = np.zeros(1, SENSOR)
        np.testing.assert_array_equal(standardise(alone, features[rows == row])[0], z[rows == row])
        assert alone[0].tobytes() == together[row].tobytes()
