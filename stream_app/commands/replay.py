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

    A folder of microphone clips goes to pdm.audio.frames.v1, all its microphones side by side: one laid out as
    MIMII's (fan/id_00/normal/….wav), with names as DCASE gives them, or with a CSV file that lists the clips in a
    column `file` and, where known, `microphone_id`, `asset_id`, `sensor_type` and `ts`. Clips that know no time begin
    now, or at another speed than 1 so that the last of them ends now.

    Another folder stands for all files in it. A file with one value column is one sensor named as the file (or many,
    told apart by a sensor_id column); in a wide file each numeric column is a sensor. Times without an offset
    are taken as UTC; a WAV file, which knows no time, begins now.
    """
    from connectors.files.column_map import ColumnMap
    from schemas.topics import AUDIO_FRAMES, READINGS, SIGNALS
    from stream_app.publishing.destination import open_writer
    from stream_app.publishing.pace import Pace
    from stream_app.publishing.progress import progress
    from stream_app.publishing.sources import find_sources
    from stream_app.publishing.stopping import stop_on_sigterm

    sources = find_sources(list(paths), ColumnMap.parse(columns))
    sent = {"readings": 0, "samples": 0, "messages": 0}
    began = time.monotonic()
    with open_writer(READINGS, SIGNALS, AUDIO_FRAMES) as writer, stop_on_sigterm() as stop:
        pace = Pace(speed, time.monotonic, stop.wait)
        counts = [source.units for source in sources]
        total = None if None in counts else sum(filter(None, counts))
        with progress("replay", "units", total) as advance:
            for source in sources:
                pace.restart()
                for messages in source.messages(source.start_us(time.time_ns() // 1000, speed)):
                    if pace.send(messages, writer.send):
                        break
                    sent["readings" if messages.topic == READINGS else "samples"] += messages.units
                    sent["messages"] += len(messages.keys)
                    advance(sent["readings"] + sent["samples"])
                if stop.is_set():
                    break
    seconds = time.monotonic() - began
    files = sum(source.files for source in sources)
    output.document({"files": files, **sent, "seconds": round(seconds, 3)})
    units = " and ".join(f"{sent[unit]:,} {unit}" for unit in ("readings", "samples") if sent[unit]) or "nothing"
    output.text(f"{units} of {files} files in {sent['messages']:,} messages, {seconds:.1f} s")
