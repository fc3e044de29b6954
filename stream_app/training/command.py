"""What `stream-app train` does, from the settings to the last line."""

import time
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from schemas.errors import UsageError
from schemas.model_events import ModelRegistered, model_record, new_event_id
from schemas.times import format_time
from schemas.topics import MODELS
from stream_app.training.plan import AUTO, Plan
from stream_app.training.run import train
from stream_app.training.trained import Trained

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection
    from connectors.model_registry.registry import Registry
    from connectors.model_registry.versions import Version
    from models.serving.served_model import ServedModel
    from stream_app.output import Output
    from stream_app.settings import Settings


def run(plan: Plan, output: "Output") -> None:
    """Train what a plan wants and tell of it."""
    from connectors.model_registry.registry import Registry
    from stream_app.models_in_service import registry_uri, signing_key
    from stream_app.settings import load_settings
    from stream_app.training.file_rows import file_rows
    from stream_app.training.kafka_rows import kafka_rows

    settings = load_settings()
    connection = _connection(settings, needed=not plan.paths)
    key = signing_key(settings)
    if plan.paths:
        gathered = file_rows(plan, settings)
    else:
        assert connection is not None
        gathered = kafka_rows(plan, connection, settings.quarantine)
    registry = Registry(registry_uri(settings))
    trained = train(plan, gathered, registry, key, _say, lambda version: _model(version, registry, settings))
    if connection is not None:
        _publish(trained, connection)
    _tell(trained, output)


def check(plan: Plan) -> None:
    """Raise UsageError on options that do not go together, or an algorithm that cannot be served in the lane."""
    from models.serving.lanes import SERVED_LANES
    from models.training.auto_search import algorithms
    from models.training.lanes import TRAINING_LANES
    from models.training.recipes import RECIPES

    if plan.algorithm == AUTO and (plan.tune or plan.select is not None):
        raise UsageError("auto searches parameters and features itself; leave --tune and --select out.")
    if plan.algorithm != AUTO and (plan.trials is not None or plan.budget_s is not None):
        raise UsageError(f"--trials and --budget-s are for auto; for {plan.algorithm} give --tune N.")
    if plan.paths and plan.offsets:
        raise UsageError("--offsets are of Kafka; leave them out with --file.")
    of_lane = TRAINING_LANES[plan.lane].algorithms
    if plan.algorithm != AUTO and plan.algorithm not in of_lane:
        raise UsageError(f"{plan.algorithm} is not for lane {plan.lane}; choose one of {', '.join(of_lane)}.")
    if plan.algorithm != AUTO and RECIPES[plan.algorithm].context_rows > SERVED_LANES[plan.lane].context_rows:
        raise UsageError(
            f"{plan.algorithm} judges a row with those before it, which lane {plan.lane} does not keep; choose one of "
            f"{', '.join(algorithms(plan.lane))}."
        )


def _say(text: str) -> None:
    click.echo(text, err=True)


def _connection(settings: "Settings", *, needed: bool) -> "KafkaConnection | None":
    """Return how to reach Kafka; None where there is none and files are trained on."""
    from schemas.errors import UnavailableError
    from stream_app.running import brokers_of

    try:
        return settings.kafka_connection(brokers_of(settings))
    except UnavailableError:
        if needed:
            raise
        return None


def _model(version: "Version", registry: "Registry", settings: "Settings") -> "ServedModel":
    from pathlib import Path

    from agents.served_artefact import load_files
    from connectors.model_artefacts.folder import read_folder
    from stream_app.models_in_service import trusted_keys

    with TemporaryDirectory() as scratch:
        files = read_folder(registry.files(version, Path(scratch)))
    return load_files(files, trusted_keys(settings), version.name, version.version).model


def _publish(trained: Trained, connection: "KafkaConnection") -> None:
    from connectors.kafka.writer import BulkWriter

    now_us = time.time_ns() // 1000
    event = ModelRegistered(
        id=new_event_id(),
        model=trained.name,
        version=str(trained.version),
        ts=format_time(now_us),
        algorithm=trained.algorithm,
        lane=trained.lane,
        sensor_type=trained.sensor_type,
        run_id=trained.run_id,
        alias=trained.alias,
        rows=trained.gathered.data.rows,
        metrics=trained.metrics,
        champion_version=None if trained.champion is None else str(trained.champion[0].version),
        champion_metrics={} if trained.champion is None else trained.champion[1],
    )
    with BulkWriter(connection, linger_ms=0.0) as writer:
        writer.send(MODELS, *model_record(event, now_us))


def _tell(trained: Trained, output: "Output") -> None:
    champion = trained.champion
    headers = ["metric", f"version {trained.version}"]
    if champion is not None:
        headers.append(f"champion {champion[0].version}")
    rows = []
    for name, value in trained.metrics.items():
        other = [] if champion is None else [_rounded(champion[1].get(name))]
        rows.append([name, _rounded(value), *other])
    output.table(headers, rows)
    output.text(f"registered {trained.name} version {trained.version} as {trained.alias}")
    output.document(trained.document())


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
