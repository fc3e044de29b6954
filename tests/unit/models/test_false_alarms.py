"""Healthy series raise little: at most a dozen novelties and one episode in 100,000 readings, with the defaults."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.transition import EPISODE, NOVELTY
from models.tuning import Tuning
from tests.unit.models.driver import raised, traced

N = 100_000


def _pulled_back(share: float, rng: np.random.Generator) -> NDArray[np.float64]:
    value = np.empty(N)
    before = 0.0
    for k, step in enumerate(rng.normal(size=N)):
        before = share * before + step
        value[k] = before
    return value


def healthy(name: str) -> NDArray[np.float64]:
    """Return a seeded healthy series."""
    rng = np.random.default_rng(11)
    t = np.arange(N)
    if name == "white noise":
        return rng.normal(size=N) + 1e6
    if name == "daily cycle":
        return 10 * np.sin(2 * np.pi * t / 288) + rng.normal(size=N)
    if name == "daily cycle, once a second":
        return 100 * np.sin(2 * np.pi * t / 86_400) + rng.normal(size=N)
    if name == "memory of 10 readings":
        return _pulled_back(0.9, rng)
    if name == "heavy tails":
        return rng.standard_t(3, size=N)
    if name == "counts":
        return rng.poisson(20, N).astype(float)
    assert name == "constant"
    return np.full(N, 5.0)


@pytest.mark.parametrize(
    ("name", "novelties"),
    [
        ("white noise", 9),
        ("daily cycle", 6),
        ("daily cycle, once a second", 12),
        ("memory of 10 readings", 9),
        ("heavy tails", 12),
        ("counts", 9),
        ("constant", 0),
    ],
)
def test_false_alarms_in_100_000_healthy_readings(name: str, novelties: int) -> None:
    outcome, _ = traced(healthy(name), Tuning())
    assert len(raised(outcome, NOVELTY)) <= novelties
    assert len(raised(outcome, EPISODE)) <= 1


@pytest.mark.parametrize("fault", ["spike", "step", "drift", "noise"])
def test_the_same_detectors_see_faults_late_in_a_long_life(fault: str) -> None:
    rng = np.random.default_rng(2)
    value = 10 * np.sin(2 * np.pi * np.arange(N) / 288) + rng.normal(size=N)
    start, end = 90_000, 90_400
    if fault == "spike":
        value[start : start + 3] += 40.0
    elif fault == "step":
        value[start:end] += 40.0
    elif fault == "drift":
        value[start:end] += np.linspace(0.0, 80.0, end - start)
    else:
        value[start:end] += 15.0 * rng.normal(size=end - start)
    outcome, _ = traced(value, Tuning())
    up = outcome.transitions[outcome.transitions["raised"]]
    assert ((up["offset"] >= start) & (up["offset"] < end + 20)).any()
