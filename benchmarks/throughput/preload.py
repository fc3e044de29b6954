"""Filling the source topic before the clock starts."""

from collections.abc import Callable

from confluent_kafka import Producer

from benchmarks.throughput.lanes import AnyLoad, LanePlan
from connectors.kafka.connection import KafkaConnection
from schemas.errors import UnavailableError

_FLUSH_TIMEOUT_S = 120.0
_TELLS = 8


def preload(connection: KafkaConnection, lane: LanePlan, load: AnyLoad, say: Callable[[str], None]) -> int:
    """Publish the load, uncompressed and keyed by asset; return the number of units.

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
    published, tell_at = 0, load.total // _TELLS
    for key, value, units in load.messages():
        while True:
            try:
                producer.produce(lane.topic, value, key)
                break
            except BufferError:
                producer.poll(0.05)
        published += units
        if published >= tell_at:
            tell_at += load.total // _TELLS
            say(f"preloaded {published:,} of {load.total:,} {lane.unit}")
    left = producer.flush(_FLUSH_TIMEOUT_S)
    if left:
        raise UnavailableError(f"the broker at {connection.brokers} did not take {left} messages; look at its log")
    return published
