"""`stream-app score`: find anomalies in files through the pipeline of the workers, without Kafka."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from schemas.errors import UnavailableError
from stream_app.output import Output


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--map", "columns", default="", metavar="ts=COL,value=COL,…", help="What the columns mean; else guessed.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write events here instead of stdout.")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Draw series and anomalies as HTML.")
@click.pass_obj
def command(output: Output, *, paths: tuple[Path, ...], columns: str, out: Path | None, plot: Path | None) -> None:
    """Print the anomalies in files as JSON lines: the events that `replay` of the same files leads to.

    Files are read as by `replay`. The events are the same to the letter where the files were replayed to empty
    topics with the settings that hold here. With --out, a summary goes to stdout.
    """
    from connectors.files.column_map import ColumnMap
    from schemas.topics import ANOMALIES
    from stream_app.plot.gathering import Gathering
    from stream_app.publishing.progress import progress
    from stream_app.publishing.sources import find_sources
    from stream_app.scoring.pipeline import pipeline
    from stream_app.settings import load_settings

    sources = find_sources(list(paths), ColumnMap.parse(columns))
    settings = load_settings()
    gathering = Gathering() if plot else None
    scorer = pipeline(settings, gathering)
    began = time.monotonic()
    done = raised = 0
    counts = [source.units for source in sources]
    total = None if None in counts else sum(filter(None, counts))
    with _lines_to(out) as lines, progress("score", "units", total) as advance:
        for source in sources:
            for messages in source.messages(0):
                outputs = scorer.score(messages)
                events = [event.value for event in outputs if event.topic == ANOMALIES]
                raised += sum(json.loads(event)["type"] == "AnomalyRaised" for event in events)
                for event in events:
                    lines.write(event + b"\n")
                if gathering:
                    gathering.events(outputs)
                done += messages.units
                advance(done)
    if plot and gathering:
        from stream_app.plot.page import page

        names = ", ".join(source.path.name for source in sources[:3])
        title = f"Anomalies in {names}{' …' if len(sources) > 3 else ''}"
        _write(plot, page(title, gathering.drawn()))
    seconds = time.monotonic() - began
    refused = sum(scorer.refused.values())
    files = sum(source.files for source in sources)
    summary = {
        "files": files,
        "readings": scorer.units,
        "anomalies": raised,
        "late": scorer.late,
        "duplicates": scorer.duplicates,
        "refused": dict(scorer.refused),
        "seconds": round(seconds, 3),
    }
    text = (
        f"{scorer.units:,} readings of {files} files: {raised:,} anomalies, {scorer.late:,} late, "
        f"{scorer.duplicates:,} duplicates, {refused:,} refused, {seconds:.1f} s"
    )
    if out is None:
        click.echo(text, err=True)
    else:
        output.document(summary)
        output.text(text)


@contextmanager
def _lines_to(path: Path | None) -> Iterator[BinaryIO]:
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        lines = path.open("wb")
    except OSError as error:
        raise UnavailableError(f"File {path} cannot be written ({error.strerror}); choose another --out.") from None
    with lines:
        yield lines


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UnavailableError(f"File {path} cannot be written ({error.strerror}); choose another --plot.") from None
