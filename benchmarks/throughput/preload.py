"""Filling the source topic before the clock starts."""

from collections.abc import Callable

from confluent_kafka import Producer

from benchmarks.throughput.load import Load
from connectors.kafka.connection import KafkaConnection
from schemas.errors import UnavailableError
from schemas.topics import READINGS

_FLUSH_TIMEOUT_S = 120.0
_TELL_EVERY_READINGS = 500_000


def preload(connection: KafkaConnection, load: Load, say: Callable[[str], None]) -> int:
    """Publish the load, uncompressed and keyed by asset; return the number of readings.

    Raises UnavailableError where the broker does not take them all.
    """
    producer = Producer(
        {
            **connection.librdkafka(),
            "partitioner": "murmur2_random",
            "enable.idempotence": True,
            "linger.ms": 50,
            "batch.size": 1_000_000,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    published, tell_at = 0, _TELL_EVERY_READINGS
    for key, value, readings in load.messages():
        while True:
            try:
                producer.produce(READINGS, value, key)
                break
            except BufferError:
                producer.poll(0.05)
        published += readings
        if published >= tell_at:
            tell_at += _TELL_EVERY_READINGS
            say(f"preloaded {published:,} of {load.total:,} readings")
    left = producer.flush(_FLUSH_TIMEOUT_S)
    if left:
        raise UnavailableError(f"the broker at {connection.brokers} did not take {left} messages; look at its log")
    return published
