"""When events arrive at a consumer that has nothing to do with the worker."""

import threading
import time

import msgspec
from confluent_kafka import Consumer, TopicPartition

from connectors.kafka.connection import KafkaConnection
from schemas.topics import ANOMALIES


class _Source(msgspec.Struct):
    partition: int
    last_offset: int


class _Event(msgspec.Struct):
    source: _Source


class Arrivals(threading.Thread):
    """Notes for each anomaly event the reading that completed it and the time of its arrival in s since 1970."""

    def __init__(self, connection: KafkaConnection, partitions: int) -> None:
        super().__init__(daemon=True)
        self.found: list[tuple[int, int, float]] = []
        self._ended = threading.Event()
        self._consumer = Consumer(
            {
                **connection.librdkafka(),
                "group.id": "bench-latency",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 10,
            }
        )
        # No group: no rebalance disturbs the clock.
        self._consumer.assign([TopicPartition(ANOMALIES, number, 0) for number in range(partitions)])

    def run(self) -> None:
        """Consume until the end is told."""
        decode = msgspec.json.Decoder(_Event).decode
        while not self._ended.is_set():
            for message in self._consumer.consume(1000, 0.01):
                arrived_s = time.time()
                source = decode(message.value() or b"").source
                self.found.append((source.partition, source.last_offset, arrived_s))
        self._consumer.close()

    def end(self) -> None:
        """Stop, and wait until it has."""
        self._ended.set()
        self.join()
