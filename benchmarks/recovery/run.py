"""`bench recovery`: a real worker with so many sensors is killed, stopped, and started again under its name."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import commit, machine, versions
from benchmarks.settle import wait_until_committed
from benchmarks.throughput.lanes import LANES
from benchmarks.throughput.load import Load
from benchmarks.throughput.preload import preload
from benchmarks.worker import BenchWorker
from connectors.embedded_kafka.broker import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from schemas.errors import UnavailableError
from schemas.topics import READINGS

COLUMNS = ("sensors", "ready_after_kill_s", "ready_after_stop_s", "restored_sensors")
TICKS = 80
"""Readings of each sensor: its window is full, and its state is of the usual size."""

GROUP = "bench-monitor"
_PARTITIONS = 8
_HEAP_MB = 1024
_COMMIT_WITHIN_S = 600.0
_STOP_GRACE_S = 60.0


def run(sensors: int, profile: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the document of CONTRACT §6; raises UnavailableError where a part fails or sensors are missing."""
    load = Load(TICKS * sensors, sensors=sensors, per_message=100)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with EmbeddedKafka(folder / "kafka", heap_mb=_HEAP_MB) as broker:
            connection = KafkaConnection(broker.bootstrap)
            create_topics(connection, _PARTITIONS, 1)
            preload(connection, LANES["readings"], load, say)

            def started() -> BenchWorker:
                return BenchWorker(broker.bootstrap, folder, STREAM_APP_DETECTION__PROFILE=profile)

            say(f"a worker takes in {load.total:,} readings of {sensors:,} sensors")
            first = started()
            with first.child:
                _wait_until_committed(connection, first)
                began = time.monotonic()
                first.child.kill()
            second = started()
            with second.child:
                second.wait_ready()
                after_kill_s = time.monotonic() - began
                restored = int(second.json("/sensors/?limit=1")["total"])
                second.child.stop(_STOP_GRACE_S)
            began = time.monotonic()
            third = started()
            with third.child:
                third.wait_ready()
                after_stop_s = time.monotonic() - began
    if restored != sensors:
        raise UnavailableError(f"{restored:,} of {sensors:,} sensors were restored; look at the worker's log")
    return {
        "benchmark": "recovery",
        "sensors": sensors,
        "profile": profile,
        "ready_after_kill_s": round(after_kill_s, 2),
        "ready_after_stop_s": round(after_stop_s, 2),
        "restored_sensors": restored,
        "machine": machine(),
        "commit": commit(),
        "versions": versions(),
    }


def _wait_until_committed(connection: KafkaConnection, worker: BenchWorker) -> None:
    """Wait until everything published is applied, checkpointed and committed."""
    worker.wait_ready()
    if not wait_until_committed(connection, GROUP, READINGS, _COMMIT_WITHIN_S, lambda: None):
        raise UnavailableError(f"the readings were not taken in; the worker's last words: {worker.child.log_tail(5)}")
