"""`bench latency`: percentiles of the time from the producer's timestamp of a reading to the arrival of its event."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from confluent_kafka import Message, Producer

from benchmarks.latency.arrivals import Arrivals
from benchmarks.latency.load import LEARN_READINGS, WARM_TICKS, LatencyLoad
from benchmarks.machine import commit, machine, versions
from benchmarks.worker import BenchWorker
from connectors.embedded_kafka.broker import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from schemas.errors import UnavailableError
from schemas.topics import READINGS

COLUMNS = ("rate", "p50_ms", "p95_ms", "p99_ms", "max_ms", "n")
FEWEST_EVENTS = 100
_PARTITIONS = 8
_APPLY_WITHIN_S = 60.0
_ARRIVE_WITHIN_S = 2.0
_TICK_S = 0.005


class _Feed:
    """Publishes readings, and keeps the producer's timestamp of each by its place."""

    def __init__(self, connection: KafkaConnection, load: LatencyLoad) -> None:
        self._producer = Producer({**connection.librdkafka(), "partitioner": "murmur2_random"})
        self._load = load
        self.sent_ms: dict[tuple[int, int], int] = {}

    def warm(self, start_us: int) -> None:
        """Publish the readings that sensors learn from, as fast as it goes, with times before `start_us`."""
        step_us = round(1e6 * self._load.sensors / self._load.rate)
        for tick, values in enumerate(self._load.values(0, WARM_TICKS)):
            ts_us = start_us - (WARM_TICKS - tick) * step_us
            for sensor, value in enumerate(values):
                key, text = self._load.message(sensor, ts_us, value, tick)
                self._producer.produce(READINGS, text, key)
            self._producer.poll(0)
        self._producer.flush()

    def run(self, seconds: float) -> None:
        """Publish at the rate of the load; what cannot be kept up is published late, with its own timestamp."""
        load = self._load
        ticks = round(seconds * load.rate / load.sensors)
        readings = [
            (sensor, value, WARM_TICKS + tick)
            for tick, values in enumerate(load.values(WARM_TICKS, ticks))
            for sensor, value in enumerate(values)
        ]
        began, at = time.monotonic(), 0
        while at < len(readings):
            due = min(len(readings), int((time.monotonic() - began) * load.rate) + 1)
            for sensor, value, tick in readings[at:due]:
                key, text = load.message(sensor, time.time_ns() // 1000, value, tick)
                self._producer.produce(READINGS, text, key, on_delivery=self._note)
            at = due
            self._producer.poll(_TICK_S)
        self._producer.flush()

    def _note(self, error: object, message: Message) -> None:
        if error is not None:
            raise UnavailableError(f"a reading was not taken by the broker: {error}; look at its log")
        self.sent_ms[message.partition() or 0, message.offset() or 0] = message.timestamp()[1]


def run(rate: float, seconds: float, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the document of CONTRACT §6; raises UnavailableError where a part fails or too few events arrive."""
    load = LatencyLoad.of_rate(rate)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with EmbeddedKafka(folder / "kafka") as broker:
            connection = KafkaConnection(broker.bootstrap)
            create_topics(connection, _PARTITIONS, 1)
            worker = BenchWorker(broker.bootstrap, folder, STREAM_APP_DETECTION__LEARN_READINGS=str(LEARN_READINGS))
            with worker.child:
                worker.wait_ready()
                feed, arrivals = _Feed(connection, load), Arrivals(connection, _PARTITIONS)
                say(f"{load.sensors:,} sensors learn")
                feed.warm(time.time_ns() // 1000)
                worker.wait_applied(load.sensors * WARM_TICKS, _APPLY_WITHIN_S)
                arrivals.start()
                say(f"measuring {seconds:g} s at {rate:,.0f} readings/s")
                feed.run(seconds)
                time.sleep(_ARRIVE_WITHIN_S)
                arrivals.end()
    return {
        "benchmark": "latency",
        "rate": rate,
        "seconds": seconds,
        **percentiles(feed.sent_ms, arrivals.found),
        "machine": machine(),
        "commit": commit(),
        "versions": versions(),
    }


def percentiles(sent_ms: dict[tuple[int, int], int], found: list[tuple[int, int, float]]) -> dict[str, float]:
    """Return the figures in ms over the events whose reading was sent in the measured time."""
    latency_ms = [
        1e3 * arrived_s - sent_ms[partition, offset]
        for partition, offset, arrived_s in found
        if (partition, offset) in sent_ms
    ]
    if len(latency_ms) < FEWEST_EVENTS:
        raise UnavailableError(f"Only {len(latency_ms)} events arrived; ask for more --seconds or a higher --rate.")
    p50, p95, p99, largest = np.percentile(latency_ms, [50, 95, 99, 100]).round(2).tolist()
    return {"p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "max_ms": largest, "n": len(latency_ms)}
