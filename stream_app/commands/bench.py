"""`stream-app bench`: what this machine can do, and how well faults are found on real data."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from stream_app.output import Output


@click.group()
def command() -> None:
    """Measure the speed of this machine, or the quality of detection on real data."""


@command.command()
@click.option("--lane", type=click.Choice(["readings"]), default="readings", show_default=True, help="What is sent.")
@click.option("--seconds", type=click.FloatRange(1), default=10.0, show_default=True, help="Measured time of a row.")
@click.option("--sensors", type=click.IntRange(1), default=2000, show_default=True, help="Sensors in the load.")
@click.option(
    "--per-message",
    type=click.IntRange(1, 1000),
    multiple=True,
    default=(1, 100),
    show_default=True,
    help="Readings in a message; may be given several times.",
)
@click.option("--peers", is_flag=True, help="Measure Quix Streams and Bytewax too, where they are installed.")
@click.option("--rows", help="Only these rows, as stream-app,limit.")
@click.pass_obj
def throughput(
    output: "Output",
    lane: str,
    seconds: float,
    sensors: int,
    per_message: tuple[int, ...],
    peers: bool,
    rows: str | None,
) -> None:
    """Readings per second of one worker, beside stock Faust and a hand-written loop that do the same work.

    An embedded Kafka is started for it and removed afterwards.
    """
    from benchmarks.report import save, table
    from benchmarks.throughput import run as throughput_run

    plan = throughput_run.Plan(seconds, sensors, per_message, throughput_run.chosen_rows(rows, peers))
    document = throughput_run.run(plan, lambda text: click.echo(text, err=True))
    output.text(table(throughput_run.COLUMNS, throughput_run.cells(document)))
    click.echo(f"kept in {save(document)}", err=True)
    output.document(document)


@command.command()
@click.argument("name")
@click.option("--data", type=click.Path(path_type=Path), help="Folder that holds nab/, skab/, …")
@click.pass_obj
def quality(output: "Output", name: str, data: Path | None) -> None:
    """Detection quality on the collection NAME, or on `all`, with the defaults that users get."""
    from benchmarks.quality import run as quality_run
    from benchmarks.report import save, table

    document = quality_run.run(name, data, lambda text: click.echo(text, err=True))
    output.text(table(quality_run.COLUMNS, quality_run.cells(document)))
    click.echo(f"kept in {save(document)}", err=True)
    output.document(document)
