"""Faults are raised within ten hops, and name a feature that fits first."""

from collections import Counter
from copy import deepcopy
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from models.features.extractors import WINDOW_FEATURES
from models.windows.bank import WindowBank
from models.windows.state import WINDOW
from tests.unit.models.windows.driver import Values, bank_of, inject

# What a fault may be named by: a scale shows in every size, a level about 50 in all that is not about the mean, an
# oscillation of unchanged variance in the spectrum and in how the amplitudes are spread.
FITTING: dict[str, tuple[str, ...]] = {
    "scale": ("std", "peak", "peak_to_peak", "percentile_", "peak_1_magnitude", "peak_2_magnitude", "peak_3_magnitude"),
    "level": ("mean", "rms", "percentile_"),
    "oscillation": ("spectral_", "band_", "peak_", "entropy_bit", "kurtosis", "crossings_per_sample", "crest_factor"),
}
SENSORS, READINGS, LENGTH = 3, 5000, 300
WINDOW_READINGS, HOP = 64, 16


def windows_of(values: Values, row: int, first: int) -> tuple[NDArray[np.void], Values]:
    """Return the windows of a sensor's values (n,), the first of which is reading `first`, once a second."""
    samples = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(values, WINDOW_READINGS)[::HOP])
    facts = np.zeros(len(samples), WINDOW)
    facts["row"], facts["samples"] = row, WINDOW_READINGS
    facts["start_ts_us"] = (first + HOP * np.arange(len(samples))) * 1_000_000
    facts["ts_us"] = facts["start_ts_us"] + (WINDOW_READINGS - 1) * 1_000_000
    return facts, samples


@cache
def learned() -> WindowBank:
    """Return a bank that has learned healthy noise of three sensors of one type."""
    bank = bank_of(SENSORS)
    values = np.random.default_rng(5).normal(50.0, 1.0, (READINGS, SENSORS))
    parts = [windows_of(values[:, sensor], sensor, 0) for sensor in range(SENSORS)]
    facts, samples = (np.concatenate(part) for part in zip(*parts, strict=True))
    in_time = np.argsort(facts["ts_us"], kind="stable")
    assert not len(bank.advance(facts[in_time], samples[in_time], np.zeros(len(facts), np.int64)).transitions)
    return bank


def trial(kind: str, number: int) -> tuple[float, str | None]:
    """Let a fault begin in one sensor of a copy of the bank; return the readings until it is raised, and its name."""
    rng = np.random.default_rng([7, number])
    values = rng.normal(50.0, 1.0, WINDOW_READINGS + LENGTH)
    # Where a hop it begins in is chance as well.
    begin = WINDOW_READINGS - int(rng.integers(HOP))
    values[begin:] = inject(kind, values[begin:], rng)
    facts, samples = windows_of(values, number % SENSORS, READINGS)
    found = deepcopy(learned()).advance(facts, samples, np.zeros(len(facts), np.int64)).transitions
    if not len(found):
        return np.inf, None
    return found["ts_us"][0] / 1e6 - (READINGS + begin) + 1, WINDOW_FEATURES[int(found["feature"][0, 0])]


@pytest.mark.parametrize("kind", ["scale", "variance", "level", "oscillation", "spectrum"])
def test_faults_are_raised_within_160_readings(kind: str) -> None:
    latency = [trial(kind, number)[0] for number in range(60)]
    assert np.mean(np.array(latency) <= 160) >= 0.8, sorted(latency)


@pytest.mark.parametrize("kind", FITTING)
def test_faults_name_a_fitting_feature_first(kind: str) -> None:
    # With the other kinds, 1,000 trials.
    named = [name for number in range(334) for name in [trial(kind, number)[1]] if name is not None]
    assert len(named) >= 330
    assert np.mean([name.startswith(FITTING[kind]) for name in named]) >= 0.95, Counter(named)
