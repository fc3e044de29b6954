"""Moments, precision and residuals against what NumPy says of the same values."""

import numpy as np
import pytest

from models.assets import moments, precision, residuals
from models.assets.state import SENSORS, SLOT
from tests.unit.models.assets.plant import plant

D, TICKS = 5, 29


def learned() -> tuple[np.ndarray, np.ndarray]:
    """Return the values (TICKS, D) of one asset and the slots that learned them, before far values are cut."""
    value = plant(1, D, TICKS, seed=9)[0]
    slots = np.zeros(SENSORS, SLOT)
    for t in range(TICKS):
        slots["value"][:D] = value[t]
        slots["ts_us"][:D] = 1_000_000 * t + 500_000
        moments.learn(slots, D, 1_000_000 * (t + 1), 1_000_000, 10, np.zeros(SENSORS))
    return value, slots


def test_moments_are_mean_and_covariance() -> None:
    value, slots = learned()
    assert slots["mean"][:D] == pytest.approx(value.mean(axis=0), rel=1e-12)
    found = np.tril(slots["moments"][:D, :D])
    assert found == pytest.approx(np.tril(np.cov(value.T, bias=True)), rel=1e-9)


def test_weights_are_the_inverse_of_the_shrunk_correlation_and_residuals_the_regressions() -> None:
    value, slots = learned()
    precision.refresh(slots, D, 10, np.zeros((SENSORS, SENSORS)), np.zeros(SENSORS, np.int64))
    share = precision.SHRINKAGE_PER_SENSOR * D / TICKS
    correlation = (1.0 - share) * np.corrcoef(value.T) + share * np.eye(D)
    inverse = np.linalg.inv(correlation)
    assert slots["weights"][:D, :D] == pytest.approx(inverse, rel=1e-5, abs=1e-5)
    standard, residual = np.zeros(SENSORS), np.zeros(SENSORS)
    distance = residuals.compute(slots, D, 1_000_000 * TICKS, 1_000_000, standard, residual)
    u = (value[-1] - value.mean(axis=0)) / value.std(axis=0)
    assert standard[:D] == pytest.approx(u, rel=1e-9)
    assert distance == pytest.approx(np.sqrt(u @ inverse @ u / D), rel=1e-5)
    for j in range(D):
        others = [k for k in range(D) if k != j]
        ridge = np.linalg.solve(correlation[np.ix_(others, others)], correlation[others, j])
        assert residual[j] == pytest.approx(u[j] - ridge @ u[others], rel=1e-4, abs=1e-5)


def test_a_missing_sensor_is_as_if_it_were_not_there() -> None:
    value, slots = learned()
    precision.refresh(slots, D, 10, np.zeros((SENSORS, SENSORS)), np.zeros(SENSORS, np.int64))
    slots["ts_us"][3] -= 60_000_000
    standard, residual = np.zeros(SENSORS), np.zeros(SENSORS)
    residuals.compute(slots, D, 1_000_000 * TICKS, 1_000_000, standard, residual)
    assert np.isnan(residual[3])
    share = precision.SHRINKAGE_PER_SENSOR * D / TICKS
    kept = [0, 1, 2, 4]
    correlation = ((1.0 - share) * np.corrcoef(value.T) + share * np.eye(D))[np.ix_(kept, kept)]
    u = ((value[-1] - value.mean(axis=0)) / value.std(axis=0))[kept]
    # Divided by the weight with all sensors, the only difference to leaving the sensor out.
    expected = np.linalg.inv(correlation) @ u / np.diag(slots["weights"])[kept]
    assert residual[kept] == pytest.approx(expected, rel=1e-4, abs=1e-5)
