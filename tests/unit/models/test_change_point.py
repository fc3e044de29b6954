"""Change point: against least squares written out, silence on healthy noise, and where and when the change was."""

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.detectors import change_point as cp

STATE = np.dtype(cp.CHANGE_POINT_FIELDS, align=True)
STEP_US = 250_000


class Series:
    """One series with its window, told reading by reading."""

    def __init__(self) -> None:
        self.state = np.zeros(1, STATE)
        self.window = np.zeros(cp.WINDOW, np.float32)
        self.scratch = np.full((cp.SCRATCH, cp.WINDOW), np.nan)

    def tell(self, values: NDArray[np.float64], begin: int = 0) -> list[tuple[int, int]]:
        """Return (change, reading that confirmed it), both by their number, numbers beginning with `begin`."""
        record, base = self.state[0], values[0]
        found = []
        for t, value in enumerate(values, begin):
            if cp.fill(record, value - base, t * STEP_US) and cp.check(record, self.window, t * STEP_US, self.scratch):
                found.append((t + 1 - int(record["change_point_age"]), t))
        return found


def steps(*parts: tuple[int, float], seed: int = 1) -> NDArray[np.float64]:
    """Return stretches of (readings, level) with unit noise."""
    rng = np.random.default_rng(seed)
    return np.concatenate([level + rng.normal(size=readings) for readings, level in parts])


def residual_square(values: NDArray[np.float64]) -> float:
    """Return the squared residuals of each value on a constant and the one before."""
    design = np.column_stack([np.ones(values.size - 1), values[:-1]])
    fit = np.linalg.lstsq(design, values[1:], rcond=None)[0]
    return float(np.sum((values[1:] - design @ fit) ** 2))


def slow_best(values: NDArray[np.float64]) -> tuple[int, float]:
    """Return the best split and its score, by fitting every split."""
    pairs = values.size - 1
    whole = residual_square(values)
    gains = {
        k: -pairs * log((residual_square(values[:k]) + residual_square(values[k - 1 :])) / whole + cp.FLOOR)
        for k in range(cp.SHORTEST + 1, values.size - cp.SHORTEST + 1)
    }
    best = max(gains, key=lambda k: gains[k])
    return best, gains[best] / (cp.PENALTY * log(pairs))


@pytest.mark.parametrize("readings", [24, 56, 128, 256])
def test_equals_least_squares(readings: int) -> None:
    """The closed form finds the split and the score that fitting every split finds."""
    values = np.round(steps((readings // 2, 0.0), (readings - readings // 2, 1.5), seed=readings) * 64) / 64
    series = Series()
    record = series.state[0]
    for start in range(0, readings, cp.HOP):
        for value in values[start : start + cp.HOP]:
            cp.fill(record, value - values[0], 0)
        cp.close_hop(record, series.window, 0)
    series.scratch[5] = 1.0
    cp.compare(record, series.window, series.scratch)
    split, score = cp.best_split(series.scratch[5], readings, 1)
    expected_split, expected_score = slow_best(values - values[0])
    assert split == expected_split
    assert score == pytest.approx(expected_score, rel=1e-6)


@pytest.mark.parametrize("kind", ["white", "ar", "walk"])
def test_silent_on_healthy_noise(kind: str) -> None:
    """Twenty thousand readings of noise, of a slow autoregression and of a random walk hold no change."""
    noise = np.random.default_rng(7).normal(size=20_000)
    values = noise if kind == "white" else np.cumsum(noise)
    if kind == "ar":
        for t in range(1, noise.size):
            noise[t] += 0.9 * noise[t - 1]
        values = noise
    assert Series().tell(values) == []


def test_tells_where_and_when_a_level_changed() -> None:
    """The position is exact to a few readings, the onset is its time, and later changes are found as well."""
    series = Series()
    found = series.tell(steps((300, 0.0), (200, 8.0), (300, -4.0)))
    assert len(found) == 2
    for (change, noticed), truth in zip(found, (300, 500), strict=True):
        assert abs(change - truth) <= 1
        assert 0 < noticed - change < 40
    assert series.state["change_point_onset_us"][0] == pytest.approx(found[-1][0] * STEP_US, abs=STEP_US)


def test_finds_a_change_of_slope_and_of_memory() -> None:
    """What stays at its level may change all the same."""
    rng = np.random.default_rng(3)
    slope = np.concatenate([np.zeros(150), np.arange(150.0)]) + rng.normal(size=300) * 0.2
    memory = np.concatenate([rng.normal(size=150), np.cumsum(rng.normal(size=150))])
    for values in (slope, memory):
        assert any(abs(change - 150) <= 25 for change, _ in Series().tell(values))


def test_the_base_plays_no_part() -> None:
    """A series a billion higher has the same changes."""
    values = np.round(steps((200, 0.0), (200, 6.0)) * 1024) / 1024
    assert Series().tell(values) == Series().tell(values + 1e9) != []


def test_constant_short_and_huge() -> None:
    """A constant series and one too short have no score; numbers of 1e30 keep the state finite."""
    series = Series()
    assert series.tell(np.full(600, 7.3)) == []
    assert series.state["change_point_score"][0] == 0.0
    short = Series()
    assert short.tell(steps((8, 0.0), (8, 50.0))) == []
    huge = Series()
    huge.tell(np.where(np.arange(600) % 200 < 150, 1.0, 1e30) * np.linspace(-1.0, 1.0, 600))
    record = huge.state[0]
    assert all(np.all(np.isfinite(record[name])) for name in STATE.names or ())


def test_a_step_of_a_constant_series_is_a_change() -> None:
    """Where nothing varied, the first other level is one."""
    ((change, _),) = Series().tell(np.concatenate([np.full(100, 3.0), np.full(100, 4.0)]))
    assert change == 100


def test_series_that_belong_together_are_compared_together() -> None:
    """What each split leaves is multiplied, whatever the order, and equal series score what one of them scores."""
    rows = [steps((120, 0.0), (60, 1.2), seed=seed) for seed in range(3)]

    def left(chosen: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        scratch = np.ones((cp.SCRATCH, cp.WINDOW))
        for row in chosen:
            series = Series()
            for start in range(0, 176, cp.HOP):
                for t in range(start, start + cp.HOP):
                    cp.fill(series.state[0], row[t] - row[0], t)
                cp.close_hop(series.state[0], series.window, start + cp.HOP)
            cp.compare(series.state[0], series.window, scratch)
        return np.array(scratch[5])

    np.testing.assert_allclose(left(rows), left(rows[:1]) * left(rows[1:]), rtol=1e-12)
    alone, together = cp.best_split(left(rows[:1]), 176, 1), cp.best_split(left(rows[:1] * 4), 176, 4)
    assert together == pytest.approx(alone, rel=1e-12)
    assert together[1] > 0.0


@settings(max_examples=15, deadline=None)
@given(cut=st.integers(1, 499), seed=st.integers(0, 5))
def test_state_kept_and_restored_goes_on_equal(cut: int, seed: int) -> None:
    """State and window are all that is needed to go on."""
    values = steps((200, 0.0), (300, 9.0), seed=seed)
    values[cut] = values[0]  # so that both halves have the same base
    whole = Series()
    found = whole.tell(values)
    first, second = Series(), Series()
    parts = first.tell(values[:cut])
    second.state[:] = np.frombuffer(first.state.tobytes(), STATE)
    second.window[:] = first.window
    parts += second.tell(values[cut:], begin=cut)
    assert parts == found
    assert second.state.tobytes() == whole.state.tobytes()


def test_irregular_times_give_the_time_of_the_onset() -> None:
    """The onset is interpolated over stretches of 32 readings."""
    series = Series()
    record, values = series.state[0], steps((160, 0.0), (96, 12.0))
    times = np.cumsum(np.where(np.arange(256) < 96, 1_000_000, 60_000_000))
    for t, value in enumerate(values):
        if cp.fill(record, value - values[0], times[t]):
            cp.check(record, series.window, times[t], series.scratch)
    assert record["change_point_onset_us"] == pytest.approx(times[160], abs=60_000_000)
