"""Healthy series of many kinds: at most one change of sensor health in 200,000 readings."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from models.series import SeriesBank
from models.tuning import Tuning
from tests.unit.models.driver import Arrivals, feed

N = 200_000


def healthy(name: str) -> NDArray[np.float64]:
    """Return a seeded healthy series."""
    rng = np.random.default_rng(3)
    at = np.arange(N)
    noise = rng.normal(size=N)
    match name:
        case "white":
            return noise
        case "memory of 10 readings":
            return np.asarray(lfilter([1.0], [1.0, -0.9], noise))
        case "random walk":
            return noise.cumsum()
        case "random walk in steps":
            return np.round(noise.cumsum())
        case "daily cycle":
            return 10.0 * np.sin(2 * np.pi * at / 86_400) + 0.3 * noise
        case "daily cycle in steps":
            return np.round(100.0 * np.sin(2 * np.pi * at / 86_400)) / 10.0
        case "coarse steps":
            return np.round(noise)
        case "counts":
            return rng.poisson(1, N).astype(float)
        case "setpoint":
            return np.repeat(rng.integers(0, 5, N), rng.exponential(500, N).astype(int) + 1)[:N].astype(float)
        case "on and off":
            return np.repeat(at % 2, rng.exponential(10, N).astype(int) + 1)[:N].astype(float)
        case "counter that rests":
            return np.cumsum(at % 2000 < 1200).astype(float)
        case "stops":
            return np.where((at + 3000) // 1400 % 2 == 0, 50.0 + noise, 0.0)
    assert name == "constant"
    return np.full(N, 5.0)


@pytest.mark.parametrize(
    "name",
    [
        "white", "memory of 10 readings", "random walk", "random walk in steps", "daily cycle", "daily cycle in steps",
        "coarse steps", "counts", "setpoint", "on and off", "counter that rests", "stops", "constant",
    ],
)  # fmt: skip
def test_a_healthy_sensor_stays_ok(name: str) -> None:
    assert len(feed(SeriesBank(Tuning()), Arrivals.every_second(healthy(name))).health) <= 1
