"""`stream-app replay`: publish files with the time of the data."""

import time
from pathlib import Path

import click

from stream_app.output import Output


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--map", "columns", default="", metavar="ts=COL,value=COL,…", help="What the columns mean; else guessed.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0.0),
    default=1.0,
    show_default=True,
    help="Times faster than the data were taken; 0 is as fast as it goes.",
)
@click.pass_obj
def command(output: Output, *, paths: tuple[Path, ...], columns: str, speed: float) -> None:
    """Publish CSV and Parquet files to pdm.readings.v1, WAV files to pdm.signals.v1, one after the other.

    A folder stands for all files in it. A file with one value column is one sensor named as the file (or many,
    told apart by a sensor_id column); in a wide file each numeric column is a sensor. Times without an offset
    are taken as UTC; a WAV file, which knows no time, begins now.
    """
    from connectors.files.column_map import ColumnMap
    from connectors.files.names import names_of
    from connectors.files.open_file import count_units, find_files
    from schemas.topics import READINGS, SIGNALS
    from stream_app.publishing.destination import open_writer
    from stream_app.publishing.messages import file_messages
    from stream_app.publishing.pace import Pace
    from stream_app.publishing.progress import progress
    from stream_app.publishing.stopping import stop_on_sigterm

    told = ColumnMap.parse(columns)
    files = find_files(list(paths))
    sent = {"readings": 0, "samples": 0, "messages": 0}
    began = time.monotonic()
    with open_writer(READINGS, SIGNALS) as writer, stop_on_sigterm() as stop:
        pace = Pace(speed, time.monotonic, stop.wait)
        counts = [count_units(path, told) for path in files]
        total = None if None in counts else sum(filter(None, counts))
        with progress("replay", "units", total) as advance:
            for path, name in zip(files, names_of(files), strict=True):
                pace.restart()
                for messages in file_messages(path, name, told, wave_start_us=time.time_ns() // 1000):
                    if pace.send(messages, writer.send):
                        break
                    sent["readings" if messages.topic == READINGS else "samples"] += messages.units
                    sent["messages"] += len(messages.keys)
                    advance(sent["readings"] + sent["samples"])
                if stop.is_set():
                    break
    seconds = time.monotonic() - began
    output.document({"files": len(files), **sent, "seconds": round(seconds, 3)})
    units = " and ".join(f"{sent[unit]:,} {unit}" for unit in ("readings", "samples") if sent[unit]) or "nothing"
    output.text(f"{units} of {len(files)} files in {sent['messages']:,} messages, {seconds:.1f} s")
