"""`stream-app score`: find anomalies in files through the pipeline of the workers, without Kafka."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from schemas.errors import UnavailableError
from stream_app.output import Output

if TYPE_CHECKING:
    from stream_app.plot.gathering import Gathering


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--map", "columns", default="", metavar="ts=COL,value=COL,…", help="What the columns mean; else guessed.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write events here instead of stdout.")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Draw series and anomalies as HTML.")
@click.option("--processes", type=click.IntRange(1, 64), help="If not given, one for each core where files are large.")
@click.pass_obj
def command(
    output: Output,
    *,
    paths: tuple[Path, ...],
    columns: str,
    out: Path | None,
    plot: Path | None,
    processes: int | None,
) -> None:
    """Print the anomalies in files as JSON lines: the events that `replay` of the same files leads to.

    Files are read as by `replay`. The events are the same to the letter where the files were replayed to empty
    topics with the settings that hold here. Their order is that of the files, block by block, and within a block by
    partition, with any number of processes. With --out, a summary goes to stdout.
    """
    from connectors.files.column_map import ColumnMap
    from stream_app.publishing.progress import progress
    from stream_app.publishing.sources import find_sources
    from stream_app.scoring.run import processes_for, start
    from stream_app.settings import load_settings

    sources = find_sources(list(paths), ColumnMap.parse(columns))
    settings = load_settings()
    gathering = _gathering() if plot else None
    counts = [source.units for source in sources]
    total = None if None in counts else sum(filter(None, counts))
    count = 1 if gathering else processes or processes_for(total)
    scoring = start(sources, settings, min(count, settings.kafka.partitions), gathering)
    began = time.monotonic()
    done = 0
    with _lines_to(out) as lines, progress("score", "units", total) as advance:
        for units, events in scoring.blocks():
            lines.writelines(event + b"\n" for event in events)
            done += units
            advance(done)
    if plot and gathering:
        from stream_app.plot.page import page

        names = ", ".join(source.path.name for source in sources[:3])
        title = f"Anomalies in {names}{' …' if len(sources) > 3 else ''}"
        _write(plot, page(title, gathering.drawn()))
    seconds = time.monotonic() - began
    told_of = {name: scoring.counts[name] for name in ("readings", "anomalies", "late", "duplicates")}
    files = sum(source.files for source in sources)
    summary = {
        "files": files,
        **told_of,
        "refused": dict(scoring.refused),
        "seconds": round(seconds, 3),
    }
    text = (
        f"{told_of['readings']:,} readings of {files} files: {told_of['anomalies']:,} anomalies, "
        f"{told_of['late']:,} late, {told_of['duplicates']:,} duplicates, {sum(scoring.refused.values()):,} refused, "
        f"{seconds:.1f} s"
    )
    if out is None:
        click.echo(text, err=True)
    else:
        output.document(summary)
        output.text(text)


def _gathering() -> "Gathering":
    from stream_app.plot.gathering import Gathering

    return Gathering()


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
