"""The whole page: panels, legend, and a little script for zoom and read-out; nothing is loaded from anywhere."""

import json
from html import escape
from importlib.resources import files

from stream_app.plot.panel import draw
from stream_app.plot.plot_series import PlotSeries

MOST_PANELS = 48


def page(title: str, series: list[PlotSeries]) -> str:
    """Return the HTML of all series with readings, those with anomalies first; beyond 48 it says what is left out."""
    drawn = sorted((one for one in series if one.has_readings), key=lambda one: not one.spans)
    left_out = drawn[MOST_PANELS:]
    panels = [draw(one, number) for number, one in enumerate(drawn[:MOST_PANELS])]
    anomalies = sum(len(one.spans) for one in drawn)
    summary = f"{len(drawn):,} sensors, {anomalies:,} anomalies"
    if left_out:
        with_anomalies = sum(bool(one.spans) for one in left_out)
        summary += f"; {len(left_out):,} sensors are not drawn, {with_anomalies:,} of them with anomalies"
    # "</" would end the script element that holds the figures.
    figures = json.dumps([panel.figures for panel in panels], separators=(",", ":")).replace("</", "<\\/")
    parts = {
        "title": escape(title),
        "summary": escape(summary),
        "panels": "\n".join(panel.markup for panel in panels),
        "figures": figures,
    }
    text = files("stream_app.plot").joinpath("page.html").read_text("utf-8")
    head, *rest = text.split("@@")
    return head + "".join(parts.get(piece, piece) for piece in rest)
