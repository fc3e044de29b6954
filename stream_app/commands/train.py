"""`stream-app train`: fit a model on what the sensors of a type did, and register it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from stream_app.output import Output

ALGORITHMS = (
    "isolation_forest",
    "half_space_trees",
    "mahalanobis",
    "neighbours",
    "one_class_svm",
    "lightgbm_forecast",
    "lstm_autoencoder",
    "ensemble",
)


@click.command()
@click.argument("algorithm", metavar="MODEL", type=click.Choice(ALGORITHMS))
@click.option("--sensor-type", help="Sensors to train for; without it, the default for types that have no model.")
@click.option("--lane", type=click.Choice(["readings", "signals"]), default="readings", show_default=True)
@click.option("--from", "from_ts", metavar="TIME", help="First time of the data, ISO 8601 or a number.")
@click.option("--to", "to_ts", metavar="TIME", help="Time at which the data end.")
@click.option(
    "--new-normal-from", "new_normal", metavar="TIME", help="From then on open anomalies count as the new normal state."
)
@click.option("--file", "paths", multiple=True, type=click.Path(path_type=Path), help="CSV or Parquet, not Kafka.")
@click.option("--map", "columns", default="", metavar="ts=COL,value=COL,…", help="What a file's columns mean.")
@click.option("--tune", type=click.IntRange(min=0), default=0, metavar="N", help="Try so many sets of parameters.")
@click.option("--select", type=click.IntRange(min=1), metavar="K", help="Keep the K features that tell most.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same model.")
@click.pass_obj
def command(
    output: "Output", *, algorithm: str, sensor_type: str | None, lane: str, from_ts: str | None, to_ts: str | None,
    new_normal: str | None, paths: tuple[Path, ...], columns: str, tune: int, select: int | None, seed: int,
) -> None:  # fmt: skip
    """Fit MODEL on healthy feature rows, judge it beside the champion, and register it as challenger.

    Without a champion it becomes that at once. Rows come from pdm.features.v1, or from files through the pipeline of
    the workers; rows with an open anomaly, of unhealthy or learning sensors, or labelled as faults teach nothing.
    """
    from stream_app.training.command import run
    from stream_app.training.plan import Plan

    plan = Plan(
        algorithm=algorithm,
        lane=lane,
        sensor_type=sensor_type,
        from_us=_time(from_ts, "--from"),
        to_us=_time(to_ts, "--to"),
        new_normal_from_us=_time(new_normal, "--new-normal-from"),
        paths=paths,
        columns=columns,
        tune=tune,
        select=select,
        seed=seed,
    )
    run(plan, output)


def _time(text: str | None, option: str) -> int | None:
    from schemas.errors import UsageError
    from schemas.times import parse_time

    if text is None:
        return None
    try:
        return parse_time(float(text) if text.replace(".", "", 1).isdigit() else text)
    except ValueError as error:
        raise UsageError(f"{option} {text!r}: {error}; write it like 2026-01-02T03:04:05Z.") from None
