"""`stream-app bench`: what this machine can do, and how well faults are found on real data."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from stream_app.output import Output


@click.group()
def command() -> None:
    """Measure the speed of this machine, or the quality of detection on real data."""


@command.command()
@click.option(
    "--lane",
    type=click.Choice(["readings", "signals", "audio"]),
    default="readings",
    show_default=True,
    help="What is sent.",
)
@click.option("--seconds", type=click.FloatRange(1), default=10.0, show_default=True, help="Measured time of a row.")
@click.option(
    "--sensors", type=click.IntRange(1), help="Sensors in the load; 2000 of readings, 200 of signals, 40 of audio."
)
@click.option(
    "--per-message",
    type=click.IntRange(1, 160_000),
    multiple=True,
    help="Readings a message (1 and 100 if not given), samples an audio frame (16000); may be repeated.",
)
@click.option("--peers", is_flag=True, help="Measure Quix Streams and Bytewax too, where they are installed.")
@click.option("--rows", help="Only these rows, as stream-app,limit.")
@click.pass_obj
def throughput(
    output: "Output",
    lane: str,
    seconds: float,
    sensors: int | None,
    per_message: tuple[int, ...],
    peers: bool,
    rows: str | None,
) -> None:
    """Readings (or samples of waveforms or sound) per second of one worker, beside loops that do the same work.

    An embedded Kafka is started for it and removed afterwards.
    """
    from benchmarks.throughput import run as throughput_run
    from benchmarks.throughput.lanes import LANES
    from schemas.errors import UsageError

    of_lane = LANES[lane]
    low, high = {"readings": (1, 1_000), "signals": (0, 0), "audio": (160, 160_000)}[lane]
    if any(not low <= count <= high for count in per_message):
        raise UsageError(
            f"--per-message {max(per_message)} is not for lane {lane}: readings take 1 to 1,000 a message, "
            "audio 160 to 160,000 samples; a message of lane signals is one block."
        )
    plan = throughput_run.Plan(
        seconds=seconds,
        sensors=sensors or of_lane.sensors,
        per_message=per_message or of_lane.per_message,
        rows=throughput_run.chosen_rows(rows, peers, lane),
        lane=lane,
    )
    document = throughput_run.run(plan, _say)
    _tell(output, document, throughput_run.COLUMNS, throughput_run.cells(document))


@command.command()
@click.argument("name")
@click.option("--data", type=click.Path(path_type=Path), help="Folder that holds nab/, skab/, …")
@click.pass_obj
def quality(output: "Output", name: str, data: Path | None) -> None:
    """Detection quality on the collection NAME, or on `all`, with the defaults that users get."""
    from benchmarks.quality import run as quality_run

    document = quality_run.run(name, data, _say)
    _tell(output, document, quality_run.COLUMNS, quality_run.cells(document))


@command.command()
@click.option("--sensors", default="1000,10000,100000", show_default=True, help="Numbers of sensors, by commas.")
@click.option("--profile", type=click.Choice(["full", "light"]), default="light", show_default=True)
@click.pass_obj
def series(output: "Output", sensors: str, profile: str) -> None:
    """Cost of a reading and state of a sensor by the number of sensors, everything on, without Kafka."""
    from benchmarks.series import run as series_run
    from schemas.errors import UsageError

    counts = [int(part) if part.strip().isdigit() else 0 for part in sensors.split(",")]
    if not all(counts):
        raise UsageError(f"--sensors {sensors!r} is no list of numbers above 0; write it like 1000,10000.")
    document = series_run.run(counts, profile, _say)
    _tell(output, document, series_run.COLUMNS, series_run.cells(document))


@command.command()
@click.option("--rate", type=click.FloatRange(100), default=5000.0, show_default=True, help="Readings in a second.")
@click.option("--seconds", type=click.FloatRange(1), default=20.0, show_default=True, help="Measured time.")
@click.pass_obj
def latency(output: "Output", rate: float, seconds: float) -> None:
    """Time from a published reading to its event at an independent consumer, through a real broker and worker."""
    from benchmarks.latency import run as latency_run

    document = latency_run.run(rate, seconds, _say)
    _tell(output, document, latency_run.COLUMNS, [[document[name] for name in latency_run.COLUMNS]])


@command.command()
@click.option("--sensors", type=click.IntRange(1), default=10_000, show_default=True, help="Sensors of the worker.")
@click.option("--profile", type=click.Choice(["full", "light"]), default="light", show_default=True)
@click.pass_obj
def recovery(output: "Output", sensors: int, profile: str) -> None:
    """Time until a worker is ready again after kill -9, and after an ordinary stop, with all its state."""
    from benchmarks.recovery import run as recovery_run

    document = recovery_run.run(sensors, profile, _say)
    _tell(output, document, recovery_run.COLUMNS, [[document[name] for name in recovery_run.COLUMNS]])


@command.command()
@click.option("--readings", type=click.IntRange(1000), default=8_000_000, show_default=True, help="Rows of a file.")
@click.option("--sensors", type=click.IntRange(1), default=2000, show_default=True, help="Sensors in it.")
@click.pass_obj
def score(output: "Output", readings: int, sensors: int) -> None:
    """Readings per second of `score` on CSV and Parquet, by one process and by one for each core."""
    from benchmarks.score import run as score_run

    document = score_run.run(readings, sensors, _say)
    _tell(output, document, score_run.COLUMNS, score_run.cells(document))


def _say(text: str) -> None:
    click.echo(text, err=True)


def _tell(output: "Output", document: dict[str, Any], columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Keep the document, and print it or its table."""
    from benchmarks.report import save, table

    output.text(table(columns, rows))
    _say(f"kept in {save(document)}")
    output.document(document)


@command.command()
@click.option("--swaps", type=click.IntRange(1), default=6, show_default=True, help="Moves of the champion.")
@click.option("--workers", type=click.IntRange(1, 8), default=2, show_default=True)
@click.option("--rate", type=click.FloatRange(100), default=2000.0, show_default=True, help="Readings per second.")
@click.option("--sensors", type=click.IntRange(1), default=200, show_default=True)
@click.pass_obj
def swap(output: "Output", swaps: int, workers: int, rate: float, sensors: int) -> None:
    """What a swap of models under load costs, and when all workers have the new one."""
    from benchmarks.report import save, table
    from benchmarks.swap import run as swap_run

    document = swap_run.run(swap_run.Plan(swaps, workers, rate, sensors), lambda text: click.echo(text, err=True))
    output.text(table(swap_run.COLUMNS, swap_run.cells(document)))
    click.echo(f"kept in {save(document)}", err=True)
    output.document(document)


@command.command()
@click.option(
    "--lane", "lanes", type=click.Choice(["readings", "audio"]), multiple=True, help="Only these; may be repeated."
)
@click.pass_obj
def models(output: "Output", lanes: tuple[str, ...]) -> None:
    """Size, cost of a row and detection of every trainable model, the quantised ones beside the plain."""
    from benchmarks.models import run as models_run
    from benchmarks.report import save, table

    document = models_run.run(lanes or ("readings", "audio"), lambda text: click.echo(text, err=True))
    output.text(table(models_run.COLUMNS, models_run.cells(document)))
    click.echo(f"kept in {save(document)}", err=True)
    output.document(document)
