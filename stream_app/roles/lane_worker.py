"""The process around the lanes of a role: started, watched, and ended in order."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from connectors.kafka.admin import create_topics, wait_until_reachable
from connectors.kafka_lane.app import BatchApp

if TYPE_CHECKING:
    from agents.lane_group import LaneGroup
    from stream_app.settings import Settings

log = structlog.get_logger(__name__)

_STOP_WITHIN_S = 30.0
_WATCH_EVERY_S = 1.0
_KAFKA_WITHIN_S = 60.0


def new_app(settings: "Settings", role: str, name: str) -> BatchApp:
    """Make the Faust app of a worker from the settings."""
    assert settings.brokers is not None
    kafka = settings.kafka
    datadir = settings.data_dir / "workers" / name
    datadir.mkdir(parents=True, exist_ok=True)
    return BatchApp(
        f"{kafka.group}-{role}",
        settings.kafka_connection(settings.brokers),
        instance=name,
        datadir=datadir,
        session_timeout_s=kafka.session_timeout_s,
        fetch_wait_ms=kafka.fetch_wait_ms,
        fetch_max_bytes=kafka.fetch_max_bytes,
        web_host=settings.worker.host,
        web_port=settings.worker.port,
    )


def run(build: "Callable[[Settings, str], LaneGroup]", settings: "Settings", name: str) -> int:
    """Serve what `build` makes until SIGTERM or SIGINT; return the exit code."""
    return asyncio.run(_serve(build, settings, name))


async def _serve(build: "Callable[[Settings, str], LaneGroup]", settings: "Settings", name: str) -> int:
    lanes = build(settings, name)
    app = lanes.app
    kafka = settings.kafka
    connection = settings.kafka_connection(settings.brokers)
    # `up` starts workers and Kafka at the same time; compose may, too.
    wait_until_reachable(connection, _KAFKA_WITHIN_S)
    create_topics(connection, kafka.partitions, kafka.replication_factor, lanes.topics)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app.in_worker = True
    # Started first: `app.start` returns only when the tables are recovered.
    watch = asyncio.create_task(_watch(lanes, settings.worker.stuck_after_s))
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
        from agents.exit import die

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


async def _watch(lanes: "LaneGroup", stuck_after_s: float) -> None:
    """End the process where it never gets ready, or stops applying records although there are some.

    Faust logs a hang in recovery at debug level only; a supervisor restarts what exits.
    """
    from agents.exit import die

    app = lanes.app
    not_ready_since = time.monotonic()
    was_ready = False
    while True:
        await asyncio.sleep(_WATCH_EVERY_S)
        if app.consumer.coordination_ended:
            die("group.lost", remedy="restarted by the supervisor")
        now = time.monotonic()
        ready = lanes.ready
        if ready != was_ready:
            log.info("worker.ready" if ready else "worker.rebalancing")
            was_ready = ready
        if ready:
            not_ready_since = now
        elif now - not_ready_since > stuck_after_s:
            die("worker.never_ready", waited_s=round(now - not_ready_since), flow_active=app.flow_control.is_active())
        for lane in lanes.lanes:
            if not ready or not lane.behind:
                lane.last_progress_at = now
            elif now - lane.last_progress_at > stuck_after_s:
                die("lane.stuck", lane=lane.name, waited_s=round(now - lane.last_progress_at))
