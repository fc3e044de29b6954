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
    from connectors.files.names import names_of
    from connectors.files.open_file import count_units, find_files
    from schemas.topics import ANOMALIES
    from stream_app.plot.gathering import Gathering
    from stream_app.publishing.messages import file_messages
    from stream_app.publishing.progress import progress
    from stream_app.scoring.pipeline import pipeline
    from stream_app.settings import load_settings

    told = ColumnMap.parse(columns)
    files = find_files(list(paths))
    settings = load_settings()
    gathering = Gathering() if plot else None
    scorer = pipeline(settings, gathering)
    began = time.monotonic()
    done = raised = 0
    counts = [count_units(path, told) for path in files]
    total = None if None in counts else sum(filter(None, counts))
    with _lines_to(out) as lines, progress("score", "units", total) as advance:
        for path, name in zip(files, names_of(files), strict=True):
            for messages in file_messages(path, name, told, wave_start_us=0):
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

        title = f"Anomalies in {', '.join(path.name for path in files[:3])}{' …' if len(files) > 3 else ''}"
        _write(plot, page(title, gathering.drawn()))
    seconds = time.monotonic() - began
    refused = sum(scorer.refused.values())
    summary = {
        "files": len(files),
        "readings": scorer.units,
        "anomalies": raised,
        "late": scorer.late,
        "duplicates": scorer.duplicates,
        "refused": dict(scorer.refused),
        "seconds": round(seconds, 3),
    }
    text = (
        f"{scorer.units:,} readings of {len(files)} files: {raised:,} anomalies, {scorer.late:,} late, "
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
