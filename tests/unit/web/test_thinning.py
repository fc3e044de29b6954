"""No more points than asked for, and no spike lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_app.web.thinning import thinned, with_gaps


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.integers(2, 60), st.integers(0, 10**6), st.booleans())
def test_extremes_of_every_span_are_kept(n: int, points: int, seed: int, holes: bool) -> None:
    rng = np.random.default_rng(seed)
    ts_us = np.cumsum(rng.integers(0, 1000, n)) + 1_700_000_000_000_000
    value = rng.normal(size=n).round(1)
    if holes:
        value[rng.random(n) < 0.3] = np.nan
    kept = thinned(ts_us, value, points)
    assert np.all(np.diff(kept) > 0)
    if n <= points:
        assert len(kept) == n
        return
    assert len(kept) <= points // 2 * 2
    spans = points // 2
    span = (ts_us - ts_us[0]) * spans // (ts_us[-1] - ts_us[0] + 1)
    for each in np.unique(span):
        inside, shown = value[span == each], value[kept[span[kept] == each]]
        if np.isnan(inside).all():
            assert np.isnan(shown).sum() == 1
        else:
            assert (np.nanmin(inside), np.nanmax(inside)) == (np.nanmin(shown), np.nanmax(shown))


def test_one_spike_in_a_million() -> None:
    value = np.zeros(1_000_000)
    value[123_456], value[654_321] = 9.0, -9.0
    kept = thinned(np.arange(1_000_000), value, 800)
    assert {123_456, 654_321} <= set(kept.tolist())


def test_gaps_are_gaps() -> None:
    ts_us = np.array([0, 1, 2, 3, 20, 21, 22]) * 1_000_000
    times, values = with_gaps(ts_us, np.arange(7.0))
    assert times.tolist() == [t * 1_000_000 for t in (0, 1, 2, 3)] + [11_500_000] + [t * 10**6 for t in (20, 21, 22)]
    assert np.isnan(values[4])
    assert np.isfinite(np.delete(values, 4)).all()


@pytest.mark.parametrize("ts_us", [[], [5], [5, 9_000_000], [1, 2, 3, 900_000]])
def test_what_is_no_gap(ts_us: list[int]) -> None:
    times, values = with_gaps(np.array(ts_us, np.int64), np.zeros(len(ts_us)))
    assert times.tolist() == ts_us
    assert len(values) == len(ts_us)
