"""One sensor as SVG: line, expected band, anomaly spans."""

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.times import format_time
from stream_app.plot.plot_series import PlotSeries, Points
from stream_app.plot.spectrum_panel import draw as draw_spectrum

WIDTH, HEIGHT = 1000.0, 160.0


@dataclass(frozen=True, slots=True)
class Panel:
    """The markup of one sensor, and the figures that the page needs to answer the pointer."""

    markup: str
    figures: dict[str, Any]


def draw(series: PlotSeries, number: int) -> Panel:
    """Return the panel of a series that has at least one reading."""
    points = series.points()
    start_us, end_us = int(points.ts_us[0]), int(points.ts_us[-1])
    low, high = _value_range(points.value)
    x = np.asarray((points.ts_us - start_us) * (WIDTH / max(1, end_us - start_us)), np.float64)
    y = np.asarray((high - points.value) * (HEIGHT / (high - low)), np.float64)
    shapes = [
        f'<path class="band" d="{_band(points, x, low, high)}"/>',
        *_spans(series, start_us, end_us),
        f'<path class="line" d="{_line(x, y)}"/>',
    ]
    raised = len(series.spans)
    unit = f" <small>{escape(series.unit)}</small>" if series.unit else ""
    spectrum = draw_spectrum(series.spectrum, series.unit) if series.spectrum else ""
    markup = (
        f'<section class="panel" data-panel="{number}"><h2>{escape(series.sensor_id)}{unit}'
        f"<span>{raised} {'anomaly' if raised == 1 else 'anomalies'}</span></h2>"
        f'<div class="frame"><span class="high">{high:.6g}</span><span class="low">{low:.6g}</span>'
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(series.sensor_id, quote=True)}">{"".join(shapes)}</svg></div>'
        f'<div class="times"><span>{format_time(start_us)}</span><output></output>'
        f"<span>{format_time(end_us)}</span></div>{spectrum}</section>"
    )
    figures = {
        "start": start_us / 1000,
        "end": end_us / 1000,
        "t": [round((t - start_us) / 1000) for t in points.ts_us.tolist()],
        "v": _numbers(points.value),
        "l": _numbers(points.low),
        "h": _numbers(points.high),
    }
    return Panel(markup, figures)


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [float(f"{v:.7g}") if np.isfinite(v) else None for v in values.tolist()]


def _value_range(value: NDArray[np.float64]) -> tuple[float, float]:
    finite = value[np.isfinite(value)]
    if not len(finite):
        return -1.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    margin = 0.06 * (high - low) or abs(high) * 0.01 or 1.0
    return low - margin, high + margin


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    """Return a path that is broken where values are missing."""
    parts: list[str] = []
    pen = "M"
    for at, value in zip(x.tolist(), y.tolist(), strict=True):
        if np.isfinite(value):
            parts.append(f"{pen}{at:.2f} {value:.2f}")
            pen = "L"
        else:
            pen = "M"
    return "".join(parts)


def _band(points: Points, x: NDArray[np.float64], low: float, high: float) -> str:
    known = np.isfinite(points.low) & np.isfinite(points.high)
    if not known.any():
        return ""
    scale = HEIGHT / (high - low)
    top = np.clip((high - points.high[known]) * scale, 0.0, HEIGHT)
    bottom = np.clip((high - points.low[known]) * scale, 0.0, HEIGHT)
    there = [f"{at:.2f} {value:.2f}" for at, value in zip(x[known].tolist(), top.tolist(), strict=True)]
    back = [f"{at:.2f} {value:.2f}" for at, value in zip(x[known].tolist(), bottom.tolist(), strict=True)]
    return "M" + "L".join(there + back[::-1]) + "Z"


def _spans(series: PlotSeries, start_us: int, end_us: int) -> list[str]:
    scale = WIDTH / max(1, end_us - start_us)
    shapes: list[str] = []
    for span in sorted(series.spans.values(), key=lambda span: span.start_us):
        last_us = end_us if span.end_us is None else span.end_us
        x = (span.start_us - start_us) * scale
        width = max(2.0, (last_us - span.start_us) * scale)
        until = "open" if span.end_us is None else f"until {format_time(span.end_us)}"
        title = (
            f"{span.kind} from {format_time(span.start_us)}, {until}; score {span.score:.3g}, grade {span.grade:.2f}"
        )
        shapes.append(
            f'<rect class="{escape(span.kind, quote=True)}" x="{x:.2f}" y="0" width="{width:.2f}" '
            f'height="{HEIGHT:g}"><title>{escape(title)}</title></rect>'
        )
    return shapes
