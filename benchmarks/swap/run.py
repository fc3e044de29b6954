"""The run of `bench swap`: workers under load, the champion moved to and fro."""

import json
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.child import Child
from benchmarks.machine import commit, machine, versions
from benchmarks.swap.load import SENSOR_TYPE, Load
from benchmarks.swap.registered import register
from connectors.embedded_kafka import EmbeddedKafka
from connectors.embedded_kafka.serving import free_port
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from connectors.model_registry.registry import Registry
from schemas.errors import UnavailableError
from schemas.model_names import model_name

COLUMNS = (
    "workers", "swaps", "rows", "lost", "doubled", "steady_p50_ms", "steady_p99_ms", "swap_p99_ms", "p99_step_ms",
    "converged_median_s", "converged_max_s",
)  # fmt: skip
PARTITIONS = 4
AFTER_SWAP_S = 4.0
_READY_WITHIN_S = 180.0
_CONVERGED_WITHIN_S = 30.0
_SETTLE_S = 15.0


@dataclass(frozen=True, slots=True)
class Plan:
    """`swaps` of the champion under `rate` readings/s of `sensors` sensors on `workers` workers."""

    swaps: int = 6
    workers: int = 2
    rate: float = 2000.0
    sensors: int = 200


def run(plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the document; raises UnavailableError where a worker is not ready or does not take a model."""
    with TemporaryDirectory() as scratch, EmbeddedKafka(Path(scratch) / "kafka") as broker:
        connection = KafkaConnection(broker.bootstrap)
        create_topics(connection, PARTITIONS, 1)
        folder = Path(scratch)
        uri = f"sqlite:///{folder / 'mlflow' / 'mlflow.db'}"
        name = model_name("readings", SENSOR_TYPE)
        registry = register(name, SENSOR_TYPE, uri, folder / "keys" / "signing.pem")
        ports = [free_port() for _ in range(plan.workers)]
        workers = [_worker(folder, broker.bootstrap, uri, number, port) for number, port in enumerate(ports)]
        try:
            for worker, port in zip(workers, ports, strict=True):
                _wait_ready(worker, port)
            load = Load(connection, plan.sensors, plan.rate)
            load.start()
            say("under load, waiting for the first champion")
            _converged(ports, name, "1")
            time.sleep(_SETTLE_S)
            swaps = [_swap(registry, name, ports, number, say) for number in range(plan.swaps)]
            load.stop_sending()
            time.sleep(3.0)
        finally:
            for worker in workers:
                worker.stop()
        row = _row(plan, load, swaps)
        return {
            "benchmark": "swap", "machine": machine(), "commit": commit(), "versions": versions(), "rows": [row],
        }  # fmt: skip


def _worker(folder: Path, brokers: str, uri: str, number: int, port: int) -> Child:
    env = {
        "STREAM_APP_BROKERS": brokers,
        "STREAM_APP_MLFLOW_URI": uri,
        "STREAM_APP_MODELS__SIGNING_KEY_FILE": str(folder / "keys" / "signing.pem"),
        "STREAM_APP_DATA_DIR": str(folder / f"worker-{number}"),
        "STREAM_APP_WORKER__PORT": str(port),
        "STREAM_APP_KAFKA__PARTITIONS": str(PARTITIONS),
        "STREAM_APP_DETECTION__LEARN_READINGS": "100",
    }
    argv = [sys.executable, "-m", "stream_app", "worker", "monitor", "--name", f"w{number}"]
    return Child(argv, folder / f"worker-{number}.log", env)


def _get(port: int, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5.0) as answer:
        return json.loads(answer.read())


def _wait_ready(worker: Child, port: int) -> None:
    end = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < end and worker.running:
        try:
            if _get(port, "/readyz")["ready"]:
                return
        except (OSError, ValueError):
            time.sleep(0.2)
    raise UnavailableError(f"a worker did not become ready: {worker.log_tail(3)}")


def _swap(
    registry: Registry, name: str, ports: list[int], number: int, say: Callable[[str], None]
) -> tuple[float, float]:
    """Move the champion; return when, in s since 1970, and how long until all partitions scored with it."""
    version = 2 - number % 2
    at_s = time.time()
    registry.point(name, "champion", version)
    took_s = _converged(ports, name, str(version))
    say(f"version {version} everywhere after {took_s:.2f} s")
    time.sleep(max(0.0, AFTER_SWAP_S - took_s) + 2.0)
    return at_s, took_s


def _converged(ports: list[int], name: str, version: str) -> float:
    began_s = time.monotonic()
    while True:
        models = [m for port in ports for m in _get(port, "/models/")["models"] if m["alias"] == "champion"]
        if len(models) == PARTITIONS and {(m["model"], m["version"]) for m in models} == {(name, version)}:
            return time.monotonic() - began_s
        if time.monotonic() - began_s > _CONVERGED_WITHIN_S:
            raise UnavailableError(f"version {version} was not everywhere after {_CONVERGED_WITHIN_S:.0f} s: {models}")
        time.sleep(0.02)


def _row(plan: Plan, load: Load, swaps: list[tuple[float, float]]) -> dict[str, Any]:
    arrived = load.arrived
    keys = [(sensor, ts) for sensor, ts, _ in arrived]
    at_s = np.array([ts / 1e6 for _, ts, _ in arrived])
    latency_ms = np.array([now_s - ts / 1e6 for _, ts, now_s in arrived]) * 1000.0
    near = np.zeros(len(at_s), np.bool_)
    for swap_s, _ in swaps:
        near |= (at_s >= swap_s - 0.5) & (at_s < swap_s + AFTER_SWAP_S)
    steady = (at_s >= swaps[0][0] - _SETTLE_S) & ~near
    steady_p99, swap_p99 = (float(np.percentile(latency_ms[part], 99)) for part in (steady, near))
    took = [seconds for _, seconds in swaps]
    return {
        "workers": plan.workers,
        "swaps": len(swaps),
        "rows": len(keys),
        "lost": len(load.expected - set(keys)),
        "doubled": len(keys) - len(set(keys)),
        "steady_p50_ms": round(float(np.percentile(latency_ms[steady], 50)), 1),
        "steady_p99_ms": round(steady_p99, 1),
        "swap_p99_ms": round(swap_p99, 1),
        "p99_step_ms": round(swap_p99 - steady_p99, 1),
        "converged_median_s": round(float(np.median(took)), 2),
        "converged_max_s": round(max(took), 2),
    }


def cells(document: dict[str, Any]) -> list[list[object]]:
    """Return the rows of the table."""
    return [[row[name] for name in COLUMNS] for row in document["rows"]]
