"""`stream-app train`: fit a model on what the sensors of a type did, and register it."""

import re
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
    "reconstruction_ensemble",
    "local_reconstruction",
    "local_outlier_factor",
    "nearest_neighbours",
    "gaussian_mixture",
    "autoencoder",
    "mfcc_isolation_forest",
)


@click.command()
@click.argument("algorithm", metavar="MODEL", type=click.Choice((*ALGORITHMS, "auto")))
@click.option("--sensor-type", help="Sensors to train for; without it, the default for types that have no model.")
@click.option("--lane", type=click.Choice(["readings", "signals", "audio"]), default="readings", show_default=True)
@click.option("--from", "from_ts", metavar="TIME", help="First time of the data, ISO 8601 or a number.")
@click.option("--to", "to_ts", metavar="TIME", help="Time at which the data end.")
@click.option(
    "--offsets",
    default="",
    metavar="P:FIRST-LAST,…",
    help="Records of pdm.features.v1, as 0:100-2000,3:50-; other partitions are left out.",
)
@click.option(
    "--new-normal-from", "new_normal", metavar="TIME", help="From then on open anomalies count as the new normal state."
)
@click.option(
    "--file",
    "paths",
    multiple=True,
    type=click.Path(path_type=Path),
    help="CSV, Parquet, or a folder of clips, not Kafka.",
)
@click.option("--map", "columns", default="", metavar="ts=COL,value=COL,…", help="What a file's columns mean.")
@click.option("--tune", type=click.IntRange(min=0), default=0, metavar="N", help="Try so many sets of parameters.")
@click.option("--select", type=click.IntRange(min=1), metavar="K", help="Keep the K features that tell most.")
@click.option(
    "--budget-s",
    type=click.FloatRange(min=0.0, min_open=True),
    metavar="S",
    help="auto: search so long, 60 s if nothing is said; how many trials that are depends on the machine.",
)
@click.option(
    "--trials", type=click.IntRange(min=1), metavar="N", help="auto: search N trials; same N and seed, same model."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same model.")
@click.pass_obj
def command(
    output: "Output", *, algorithm: str, sensor_type: str | None, lane: str, from_ts: str | None, to_ts: str | None,
    offsets: str, new_normal: str | None, paths: tuple[Path, ...], columns: str, tune: int, select: int | None,
    budget_s: float | None, trials: int | None, seed: int,
) -> None:  # fmt: skip
    """Fit MODEL on healthy feature rows, judge it beside the champion, and register it as challenger.

    Without a champion it becomes that at once. Rows come from pdm.features.v1, or from files through the pipeline of
    the workers; rows with an open anomaly, of unhealthy or learning sensors, in quarantine or labelled as faults teach
    nothing. MODEL auto tries all algorithms with parameters and features, and takes what finds the largest share of
    injected and labelled faults where one in a hundred healthy rows alarms.
    """
    from stream_app.training.command import check, run
    from stream_app.training.plan import AUTO, Plan

    plan = Plan(
        algorithm=algorithm,
        lane=lane,
        sensor_type=sensor_type,
        from_us=_time(from_ts, "--from"),
        to_us=_time(to_ts, "--to"),
        offsets=_offsets(offsets),
        new_normal_from_us=_time(new_normal, "--new-normal-from"),
        paths=paths,
        columns=columns,
        tune=tune,
        select=select,
        trials=trials,
        budget_s=60.0 if algorithm == AUTO and budget_s is None and trials is None else budget_s,
        seed=seed,
    )
    check(plan)
    run(plan, output)


def _offsets(text: str) -> dict[int, tuple[int, int]]:
    """Return first and last offset (−1: none) by partition."""
    from schemas.errors import UsageError

    found: dict[int, tuple[int, int]] = {}
    for part in filter(None, text.split(",")):
        told = re.fullmatch(r"(\d+):(\d+)-(\d*)", part.strip())
        if told is None or (told[3] and int(told[3]) < int(told[2])):
            raise UsageError(f"--offsets {part!r} is no range; write PARTITION:FIRST-LAST, as 0:100-2000 or 3:50-.")
        found[int(told[1])] = int(told[2]), int(told[3] or -1)
    return found


def _time(text: str | None, option: str) -> int | None:
    from schemas.errors import UsageError
    from schemas.times import parse_time

    if text is None:
        return None
    try:
        return parse_time(float(text) if text.replace(".", "", 1).isdigit() else text)
    except ValueError as error:
        raise UsageError(f"{option} {text!r}: {error}; write it like 2026-01-02T03:04:05Z.") from None
