"""Role `monitor`: the process around the hot path."""

import asyncio
import contextlib
import signal
import time
from typing import TYPE_CHECKING

import structlog

from connectors.kafka.admin import create_topics, wait_until_reachable
from connectors.kafka.connection import KafkaConnection
from connectors.kafka_lane.app import BatchApp
from stream_app.scoring.options import audio_options, readings_options, signals_options

if TYPE_CHECKING:
    from agents.monitor import Monitor
    from stream_app.settings import Settings

log = structlog.get_logger(__name__)

_STOP_WITHIN_S = 30.0
_WATCH_EVERY_S = 1.0
_KAFKA_WITHIN_S = 60.0


def run(settings: "Settings", name: str) -> int:
    """Run one monitor worker until SIGTERM or SIGINT; return its exit code."""
    from agents.warm_up import warm_up

    log.debug("worker.starting", role="monitor", name=name)
    started = time.perf_counter()
    # Compiled before the group is joined: a worker that compiles while it holds partitions misses heartbeats.
    warm_up()
    log.info("worker.warm", seconds=round(time.perf_counter() - started, 2))
    return asyncio.run(_serve(settings, name))


async def _serve(settings: "Settings", name: str) -> int:
    monitor = build(settings, name)
    app = monitor.app
    kafka = settings.kafka
    connection = settings.kafka_connection(settings.brokers)
    # `up` starts workers and Kafka at the same time; compose may, too.
    wait_until_reachable(connection, _KAFKA_WITHIN_S)
    create_topics(connection, kafka.partitions, kafka.replication_factor, monitor.topics)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app.in_worker = True
    # Started first: `app.start` returns only when the tables are recovered.
    watch = asyncio.create_task(_watch(monitor, settings.worker.stuck_after_s))
    starting = asyncio.create_task(app.start())
    log.info("worker.started", name=name, web=str(app.conf.canonical_url))
    crashed = asyncio.create_task(app._crashed.wait())
    stopped = asyncio.create_task(stop.wait())
    failed = asyncio.create_task(_failure(starting))
    await asyncio.wait({crashed, stopped, failed}, return_when=asyncio.FIRST_COMPLETED)
    watch.cancel()
    if failed.done():
        starting.result()
    if crashed.done():
        from agents.lane import die

        die("worker.crashed", reason=repr(app._crash_reason))
    log.info("worker.stopping", name=name)
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.wait_for(app.stop(), _STOP_WITHIN_S)
    log.info("worker.stopped", name=name)
    return 0


async def _failure(task: asyncio.Task[None]) -> None:
    """Return when `task` has failed; never, where it succeeds."""
    await asyncio.wait({task})
    if task.exception() is None:
        await asyncio.Event().wait()


def build(settings: "Settings", name: str) -> "Monitor":
    """Make the app of a worker from the settings."""
    from agents.monitor import Monitor
    from stream_app.roles import views

    assert settings.brokers is not None
    kafka = settings.kafka
    connection: KafkaConnection = settings.kafka_connection(settings.brokers)
    datadir = settings.data_dir / "workers" / name
    datadir.mkdir(parents=True, exist_ok=True)
    app = BatchApp(
        f"{kafka.group}-monitor",
        connection,
        instance=name,
        datadir=datadir,
        session_timeout_s=kafka.session_timeout_s,
        fetch_wait_ms=kafka.fetch_wait_ms,
        fetch_max_bytes=kafka.fetch_max_bytes,
        web_host=settings.worker.host,
        web_port=settings.worker.port,
    )
    monitor = Monitor(
        app,
        connection,
        readings_options(settings),
        signals_options(settings),
        audio_options(settings),
        partitions=kafka.partitions,
        checkpoint_interval_s=settings.checkpoint.interval_s,
        checkpoint_budget=settings.checkpoint.budget,
        repartition=kafka.repartition,
    )
    views.add(monitor)
    return monitor


async def _watch(monitor: "Monitor", stuck_after_s: float) -> None:
    """End the process where it never gets ready, or stops applying records although there are some.

    Faust logs a hang in recovery at debug level only; a supervisor restarts what exits.
    """
    from agents.lane import die

    app = monitor.app
    not_ready_since = time.monotonic()
    was_ready = False
    while True:
        await asyncio.sleep(_WATCH_EVERY_S)
        if app.consumer.coordination_ended:
            die("group.lost", remedy="restarted by the supervisor")
        now = time.monotonic()
        ready = monitor.ready
        if ready != was_ready:
            log.info("worker.ready" if ready else "worker.rebalancing")
            was_ready = ready
        if ready:
            not_ready_since = now
        elif now - not_ready_since > stuck_after_s:
            die("worker.never_ready", waited_s=round(now - not_ready_since), flow_active=app.flow_control.is_active())
        for lane in monitor.lanes:
            if not ready or not lane.behind:
                lane.last_progress_at = now
            elif now - lane.last_progress_at > stuck_after_s:
                die("lane.stuck", lane=lane.name, waited_s=round(now - lane.last_progress_at))
