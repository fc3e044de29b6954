"""The drift report: one HTML file that asks no host for anything."""

from collections import Counter
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from stream_app.drift.drawings import distributions, sparkline

if TYPE_CHECKING:
    from models.drift.evidence import ColumnEvidence
    from models.drift.finding import Finding
    from schemas.drift import DriftDetected
    from stream_app.drift.look import Look

_MOST_COLUMNS = 6
CAUSES = {
    "sensor_fault": ("◆", "Sensor fault", "Look at the sensor. Nothing is trained on it."),
    "regime_change": ("●", "Change of operating regime", "It is the new normal: the model is to be trained."),
    "asset_degradation": ("▲", "One asset is degrading", "Look at the asset. Nothing is trained on it."),
    "fleet_shift": ("●", "Fleet-wide shift", "The world has changed for all: the model is to be trained."),
    "performance_loss": ("✕", "The model tells faults worse than before", "The model is to be trained."),
}


def report_page(found: "Look", summary: str) -> str:
    """Return the HTML of a look, the newest change first."""
    changes = sorted(found.found, key=lambda each: each[1].changed_at, reverse=True)
    causes = Counter(event.cause for _, event in changes)
    parts = {
        "summary": escape(summary),
        "causes": "".join(f"<li>{CAUSES[cause][0]} {CAUSES[cause][1]}: <b>{n}</b></li>" for cause, n in causes.items()),
        "changes": "\n".join(_change(*each) for each in changes) or "<p class=quiet>Nothing has changed.</p>",
    }
    text = files("stream_app.drift").joinpath("report.html").read_text("utf-8")
    head, *rest = text.split("@@")
    return head + "".join(parts.get(piece, piece) for piece in rest)


def _change(finding: "Finding", event: "DriftDetected") -> str:
    sign, words, remedy = CAUSES[event.cause]
    several = f"{len(event.assets)} of {event.assets_watched} assets" if len(event.assets) > 1 else event.assets[0]
    sure = event.joint.p_value if event.joint else None
    joint = "" if sure is None else f", all features together p = {sure:.2g}"
    noticed = ", ".join(f"{name.replace('_', '-')} {ts[11:16]}" for name, ts in event.noticed_at.items() if ts)
    columns = finding.evidence.columns[:_MOST_COLUMNS]
    rows = "\n".join(_row(each, finding.evidence.start_us, finding.changed_us) for each in columns)
    return f"""<section class="{event.cause}">
<h2>{sign} {words} <small>{escape(event.model)}</small></h2>
<p><b>{escape(several)}</b>, since <time>{event.changed_at[:16].replace("T", " ")}</time> UTC, noticed
<time>{event.ts[:16].replace("T", " ")}</time>{joint}.{f" Noticed at {noticed}." if noticed else ""}<br>
{escape("; ".join(event.evidence)).capitalize()}. {remedy}</p>
<table><thead><tr><th>sensor<th>feature<th>now<th>usual<th>shift<th>effect<th>PSI<th>q
<th>last slots<th>usual against now</tr></thead>
<tbody>{rows}</tbody></table></section>"""


def _row(each: "ColumnEvidence", start_us: list[int], changed_us: int) -> str:
    name = each.column.feature + (f" with {each.column.other}" if each.column.other else "")
    numbers = (each.value, each.usual, each.shift, each.effect, each.psi, each.q_value)
    cells = "".join(f"<td>{number:.3g}" for number in numbers)
    since = next((at for at, us in enumerate(start_us) if us >= changed_us), len(start_us))
    return (
        f"<tr><td>{escape(each.column.sensor_id)}<td>{escape(name)}{cells}"
        f"<td>{sparkline(each.series, since)}<td>{distributions(each.reference, each.series[since:])}</tr>"
    )
