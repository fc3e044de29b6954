"""Readings with a known fault, and what came of them, for end-to-end tests."""

import json
import random
from collections.abc import Iterator
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

START_S = 1_767_225_600


def healthy_then_fault(
    sensor_id: str, n: int, fault_at: int | None, seed: int = 0, first: int = 0, step: float = 40.0
) -> Iterator[bytes]:
    """`n` JSON readings, one a second, around 20; from `fault_at` on they stand `step` higher."""
    noise = random.Random(f"{sensor_id}-{seed}")
    for i in range(first, first + n):
        value = 20 + noise.gauss(0, 0.5) + (step if fault_at is not None and i >= fault_at else 0)
        yield json.dumps(
            {"sensor_id": sensor_id, "ts": START_S + i, "value": round(value, 4), "seq": i, "unit": "C"}
        ).encode()


def publish(brokers: str, topic: str, messages: list[tuple[str, bytes]]) -> None:
    """Send `(key, value)` in order and wait for every acknowledgement."""
    failed: list[Any] = []
    producer = Producer({"bootstrap.servers": brokers, "enable.idempotence": True, "partitioner": "murmur2_random"})
    for key, value in messages:
        producer.produce(topic, value, key.encode(), on_delivery=lambda e, _: failed.append(e) if e else None)
        producer.poll(0)
    assert producer.flush(30) == 0
    assert not failed, failed


def read(brokers: str, topic: str) -> list[tuple[int, int, bytes | None, bytes, dict[str, bytes]]]:
    """Everything on a topic: (partition, offset, key, value, headers)."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "tests-read", "enable.auto.commit": False})
    found = []
    try:
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        ends = {p: consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=10)[1] for p in partitions}
        consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
        while any(
            position.offset < ends[position.partition]
            for position in consumer.position([TopicPartition(topic, p) for p, end in ends.items() if end])
        ):
            for message in consumer.consume(1000, timeout=0.2):
                assert message.error() is None, message.error()
                headers = dict(message.headers() or ())
                found.append((message.partition(), message.offset(), message.key(), message.value(), headers))
    finally:
        consumer.close()
    return found


def events(brokers: str, topic: str) -> list[dict[str, Any]]:
    """The JSON values on a topic."""
    return [json.loads(value) for *_, value, _ in read(brokers, topic)]
