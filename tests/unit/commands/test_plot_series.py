"""Thinning keeps every peak, and the picture is that of the data."""

import numpy as np

from stream_app.plot.panel import draw
from stream_app.plot.plot_series import MOST_KEPT, PlotSeries, Points, Span


def points(value: np.ndarray, start: int = 0) -> Points:
    nothing = np.full(len(value), np.nan)
    return Points(np.arange(start, start + len(value)) * 1_000_000, value, nothing, nothing)


def test_thinning_keeps_ends_and_extremes() -> None:
    value = np.random.default_rng(0).standard_normal(100_000)
    value[54_321], value[77_777] = 40.0, -40.0
    thin = points(value).thinned(2400)
    assert len(thin) <= 2401
    assert {40.0, -40.0, value[0], value[-1]} <= set(thin.value)
    assert (np.diff(thin.ts_us) > 0).all()


def test_a_few_points_are_kept_as_they_are() -> None:
    few = points(np.array([1.0, np.nan, 3.0]))
    assert few.thinned(10) is few


def test_long_series_stay_small_and_keep_their_peaks() -> None:
    series = PlotSeries("s")
    for part in range(40):
        value = np.zeros(10_000)
        value[137] = part
        series.add(points(value, part * 10_000))
    assert sum(len(p) for p in series._parts) <= MOST_KEPT
    assert set(range(40)) <= set(series.points().value)


def test_a_stretch_of_missing_values_breaks_the_line() -> None:
    series = PlotSeries("s")
    series.add(points(np.array([1.0, 2.0, np.nan, np.nan, 3.0, 4.0])))
    line = draw(series, 0).markup.split('class="line" d="')[1].split('"')[0]
    assert line.count("M") == 2
    assert "nan" not in line


def test_all_missing_constant_and_single_readings_can_be_drawn() -> None:
    for value in ([np.nan, np.nan], [5.0, 5.0], [0.0], [1e9, 1e9 + 1e-6]):
        series = PlotSeries("s")
        series.add(points(np.array(value)))
        assert "nan" not in draw(series, 0).markup


def test_an_open_span_reaches_the_end() -> None:
    series = PlotSeries("s")
    series.add(points(np.arange(101.0)))
    series.spans["a"] = Span("episode", 50_000_000, None, 3.0, 0.7)
    markup = draw(series, 0).markup
    assert 'x="500.00"' in markup
    assert 'width="500.00"' in markup
    assert "open" in markup
