"""Windows are those of the series with its gaps filled, as `imputation.fill` fills them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.features.imputation import LONGEST_GAP, Grid, fill
from models.series import SeriesBank
from models.series_outcome import Outcome
from models.tuning import Tuning
from models.windows.state import IMPUTED, LEARNING
from models.windows.tuning import WindowShape
from schemas.errors import SettingsError
from tests.unit.models.driver import Arrivals, feed

KNOWN = 120
"""Readings after which gaps are seen, by number as well as by time."""

shapes = st.sampled_from(
    [WindowShape(), WindowShape(64, 64), WindowShape(32, 16), WindowShape(48, 8), WindowShape(9, 3)]
)


def cut(arrivals: Arrivals, shape: WindowShape) -> Outcome:
    bank = SeriesBank(Tuning())
    bank.ensure(1)
    bank.shape_windows(0, shape)
    return feed(bank, arrivals)


def check(outcome: Outcome, arrivals: Arrivals, grid: Grid, grid_us: NDArray[np.int64], shape: WindowShape) -> int:
    """Compare with windows taken out of the filled series one by one; return how many there were."""
    window, hop = shape.window, shape.hop
    present = np.flatnonzero(np.isfinite(arrivals.value))
    # The reading that each sample of the grid came with: imputed ones come with the one after them.
    came_with = present[np.cumsum(~grid.imputed) - np.where(grid.imputed, 0, 1)]
    number = 0
    for segment in np.unique(grid.segments):
        of = np.flatnonzero(grid.segments == segment)
        hops_before = 0
        for length in range(1, len(of) + 1):
            last = of[length - 1]
            if grid.imputed[last]:
                continue
            due = length >= window and length // hop > hops_before
            hops_before = length // hop
            if not due:
                continue
            fact, samples = outcome.windows[number], outcome.samples[number]
            number += 1
            inside = of[length - window : length]
            begins = of[(length - window) // hop * hop]
            np.testing.assert_allclose(samples[:window], grid.values[inside], rtol=1e-6, atol=1e-5)
            assert bool(fact["flags"] & IMPUTED) == grid.imputed[inside].any()
            reading = came_with[last]
            assert fact["position"] == reading
            assert fact["offset"] == arrivals.offset[reading]
            assert fact["ts_us"] == arrivals.ts_us[reading]
            assert fact["value"] == arrivals.value[reading]
            assert fact["first_offset"] == arrivals.offset[came_with[begins]]
            assert abs(int(fact["start_ts_us"]) - int(grid_us[begins])) <= LONGEST_GAP
            assert fact["samples"] == window
    assert number == len(outcome.windows)
    return number


def steps(rng: np.random.Generator, n: int, longest: int) -> NDArray[np.int64]:
    """Return steps of places: 1, and now and then a gap, none of them soon after another."""
    step = np.ones(n, np.int64)
    at = KNOWN
    while at < n:
        step[at] = rng.integers(2, longest + 1)
        at += int(rng.integers(70, 120))
    return step


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), shapes, st.integers(2, 9))
def test_gaps_by_number(seed: int, shape: WindowShape, longest: int) -> None:
    rng = np.random.default_rng(seed)
    n = 600
    seq = np.cumsum(steps(rng, n, longest))
    # The times say nothing: numbers that count one by one are believed.
    ts_s = np.cumsum(rng.uniform(0.5, 1.5, n))
    value = rng.normal(20.0, 3.0, n)
    value[rng.integers(KNOWN, n, 1)] = np.nan
    arrivals = Arrivals.of(ts_s, value, seq=seq)
    grid = fill(seq, value, 1.0)
    real_us = arrivals.ts_us[np.isfinite(value)]
    grid_us = np.interp(grid.places, seq[np.isfinite(value)], real_us).astype(np.int64)
    assert check(cut(arrivals, shape), arrivals, grid, grid_us, shape) > 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), shapes, st.integers(2, 9), st.floats(0.0, 0.1))
def test_gaps_by_time(seed: int, shape: WindowShape, longest: int, jitter: float) -> None:
    rng = np.random.default_rng(seed)
    n = 600
    places = np.cumsum(steps(rng, n, longest))
    ts_s = places * 2.0 + rng.uniform(-jitter, jitter, n)
    value = rng.normal(-5.0, 1.0, n)
    arrivals = Arrivals.of(ts_s, value)
    grid = fill(places, value, 1.0)
    grid_us = np.interp(grid.places, places, arrivals.ts_us).astype(np.int64)
    assert check(cut(arrivals, shape), arrivals, grid, grid_us, shape) > 0


def test_an_irregular_series_has_no_gaps() -> None:
    rng = np.random.default_rng(3)
    value = rng.normal(size=400)
    arrivals = Arrivals.of(np.cumsum(rng.exponential(1.0, 400)), value)
    outcome = cut(arrivals, WindowShape())
    assert len(outcome.windows) == (400 - 64) // 16 + 1
    assert not (outcome.windows["flags"] & IMPUTED).any()
    np.testing.assert_allclose(outcome.samples[3], value[48:112], rtol=1e-6, atol=1e-6)
    assert outcome.windows["first_offset"].tolist() == list(range(0, 400 - 63, 16))
    assert outcome.windows["start_ts_us"].tolist() == arrivals.ts_us[outcome.windows["first_offset"]].tolist()


def test_no_window_reaches_over_a_long_gap() -> None:
    place = np.concatenate([np.arange(200), 200 + LONGEST_GAP + 1 + np.arange(100)])
    outcome = cut(Arrivals.of(place.astype(float), place.astype(float), seq=place), WindowShape())
    begins, ends = outcome.samples[:, 0], outcome.windows["value"]
    assert (ends - begins == 63.0).all()
    assert not ((begins < 200) & (ends >= 200)).any()
    assert not (outcome.windows["flags"] & IMPUTED).any()


def test_what_was_expected_is_told_once_it_is_learned() -> None:
    rng = np.random.default_rng(5)
    outcome = cut(Arrivals.every_second(rng.normal(10.0, 1.0, 1200)), WindowShape())
    learning = outcome.windows["flags"] & LEARNING != 0
    assert learning[0]
    assert not learning[-1]
    for name in ("expected", "low", "high"):
        assert np.isnan(outcome.windows[name][learning]).all()
        assert np.isfinite(outcome.windows[name][~learning]).all()
    last = outcome.windows[-1]
    assert last["low"] < last["expected"] < last["high"]


@pytest.mark.parametrize("shape", [(65, 65), (7, 7), (64, 8), (64, 24), (64, 65), (64, 0)])
def test_shapes_that_cannot_be_kept_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(SettingsError, match=r"A (window|hop) of"):
        WindowShape(*shape)
