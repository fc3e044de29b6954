"""Healthy series of several kinds: at most one false pattern in 100,000 readings, with three sensors of a type."""

import numpy as np
import pytest

from tests.unit.models.windows.driver import Values, ar_1, run

READINGS, SENSORS = 34_000, 3


def healthy(kind: str, rng: np.random.Generator) -> Values:
    shape = (READINGS, SENSORS)
    noise = rng.normal(size=shape)
    seconds = np.arange(READINGS)[:, None]
    match kind:
        case "white":
            return 50.0 + noise
        case "correlated":
            return 50.0 + ar_1(shape, 0.9, rng)
        case "walk":
            return 50.0 + np.cumsum(0.1 * noise, axis=0)
        case "noisy walk":
            return 50.0 + np.cumsum(0.02 * noise, axis=0) + rng.normal(size=shape)
        case "day":  # a reading a minute
            return 50.0 + 5.0 * np.sin(2.0 * np.pi * seconds / 1440 + rng.uniform(0, 6, SENSORS)) + 0.5 * noise
        case "slow day":  # a reading a second
            return 50.0 + 5.0 * np.sin(2.0 * np.pi * seconds / 86_400 + rng.uniform(0, 6, SENSORS)) + 0.5 * noise
        case "outliers":
            return 50.0 + rng.standard_t(3, shape)
    raise ValueError(kind)


@pytest.mark.parametrize("kind", ["white", "correlated", "walk", "noisy walk", "day", "slow day", "outliers"])
def test_healthy_series_raise_hardly_ever(kind: str) -> None:
    assert len(run(healthy(kind, np.random.default_rng(11))).raised) <= READINGS * SENSORS // 100_000
