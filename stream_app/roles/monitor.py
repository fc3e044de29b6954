"""Role `monitor`: the process around the hot path."""

import time
from typing import TYPE_CHECKING

import structlog

from stream_app.roles import lane_worker
from stream_app.scoring.options import audio_options, readings_options, signals_options

if TYPE_CHECKING:
    from agents.monitor import Monitor
    from stream_app.settings import Settings

log = structlog.get_logger(__name__)


def run(settings: "Settings", name: str) -> int:
    """Run one monitor worker until SIGTERM or SIGINT; return its exit code."""
    from agents.warm_up import warm_up

    log.debug("worker.starting", role="monitor", name=name)
    started = time.perf_counter()
    # Compiled before the group is joined: a worker that compiles while it holds partitions misses heartbeats.
    warm_up()
    log.info("worker.warm", seconds=round(time.perf_counter() - started, 2))
    return lane_worker.run(build, settings, name)


def build(settings: "Settings", name: str) -> "Monitor":
    """Make the app of a worker from the settings."""
    from agents.monitor import Monitor
    from stream_app.models_in_service import watch_models
    from stream_app.roles import health_views, sensor_views

    connection = settings.kafka_connection(settings.brokers)
    shelf = watch_models(settings, connection, name)
    monitor = Monitor(
        lane_worker.new_app(settings, "monitor", name),
        connection,
        readings_options(settings),
        signals_options(settings),
        audio_options(settings),
        partitions=settings.kafka.partitions,
        checkpoint_interval_s=settings.checkpoint.interval_s,
        checkpoint_budget=settings.checkpoint.budget,
        repartition=settings.kafka.repartition,
        models=shelf,
    )
    health_views.add(monitor)
    sensor_views.add(monitor)
    return monitor
