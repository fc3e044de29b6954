"""`stream-app drift`: what the drift watch says to the feature rows that are on Kafka now."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stream_app.output import Output

if TYPE_CHECKING:
    from stream_app.drift.look import Look

_SINCE = click.option("--since", metavar="TIME", help="Begin there, not at the oldest rows kept: ISO 8601 or a number.")


@click.group()
def command() -> None:
    """Tell whether the world has changed, since when, and by what cause."""


@command.command("check")
@_SINCE
@click.pass_obj
def check(output: Output, since: str | None) -> None:
    """Judge the feature rows on Kafka; nothing is published and nobody disturbed."""
    found = _look(since)
    output.document({**_summary(found), "findings": [event.model_dump(mode="json") for _, event in found.found]})
    rows = [
        [event.changed_at[:19], event.cause, event.model, _several(event.assets), _first(event), event.suggested_action]
        for _, event in found.found
    ]
    output.table(["changed at", "cause", "model", "assets", "most telling", "to do"], rows)
    output.text(_in_words(found))


@command.command("report")
@_SINCE
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default="drift.html", show_default=True)
@click.pass_obj
def report(output: Output, since: str | None, out: Path) -> None:
    """Write the same as one HTML file with distributions and sparklines."""
    from schemas.errors import UnavailableError
    from stream_app.drift.report_page import report_page

    found = _look(since)
    text = report_page(found, _in_words(found))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, "utf-8")
    except OSError as error:
        raise UnavailableError(f"{out} cannot be written ({error.strerror}); choose another --out.") from None
    output.document({**_summary(found), "out": str(out)})
    output.text(f"{_in_words(found)}\n{out}")


def _look(since: str | None) -> "Look":
    from stream_app.drift.look import look
    from stream_app.running import brokers_of
    from stream_app.settings import load_settings

    settings = load_settings()
    start: Any = "beginning" if since is None else _time_us(since) // 1000
    return look(settings.kafka_connection(brokers_of(settings)), settings.drift_tuning(), start)


def _time_us(text: str) -> int:
    from schemas.errors import UsageError
    from schemas.times import parse_time

    try:
        return parse_time(float(text) if text.replace(".", "", 1).isdigit() else text)
    except ValueError as error:
        raise UsageError(f"--since {text!r}: {error}; write it like 2026-01-02T03:04:05Z.") from None


def _summary(found: "Look") -> dict[str, Any]:
    names = ("rows", "slots", "assets", "still_open")
    return {name: getattr(found, name) for name in names}


def _in_words(found: "Look") -> str:
    changes = len(found.found)
    said = f"{changes} changes" if changes != 1 else "1 change"
    text = f"{said} in {found.rows:,} feature rows of {found.assets:,} assets, {found.slots:,} slots"
    if found.first_us is None or found.last_us is None:
        return text
    return f"{text}, {_minute(found.first_us)} to {_minute(found.last_us)} UTC"


def _minute(us: int) -> str:
    return datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%d %H:%M")


def _several(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)}: {', '.join(names[:2])}…"


def _first(event: Any) -> str:
    if not event.features:
        return "-"
    most = event.features[0]
    return f"{most.sensor_id} {most.name} {most.value:.4g}, usual {most.usual:.4g}"
