"""Waiting until a consumer group has committed everything that is there."""

import time
from collections.abc import Callable

from confluent_kafka import Consumer, TopicPartition

from connectors.kafka.connection import KafkaConnection

_POLL_S = 0.5
_REQUEST_TIMEOUT_S = 10.0


def wait_until_committed(
    connection: KafkaConnection, group: str, topic: str, timeout_s: float, while_waiting: Callable[[], None]
) -> bool:
    """Return True once the group has committed up to the end of every partition of `topic`, False after `timeout_s`."""
    consumer = Consumer({**connection.librdkafka(), "group.id": group, "enable.auto.commit": False})
    deadline = time.monotonic() + timeout_s
    try:
        while time.monotonic() < deadline:
            if _uncommitted(consumer, topic) == 0:
                return True
            while_waiting()
            time.sleep(_POLL_S)
        return False
    finally:
        consumer.close()


def _uncommitted(consumer: Consumer, topic: str) -> int:
    partitions = consumer.list_topics(topic, timeout=_REQUEST_TIMEOUT_S).topics[topic].partitions
    committed = consumer.committed([TopicPartition(topic, p) for p in partitions], timeout=_REQUEST_TIMEOUT_S)
    left = 0
    for one in committed:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, one.partition), timeout=_REQUEST_TIMEOUT_S)
        # A negative offset means that nothing was committed yet.
        left += high - (one.offset if one.offset >= 0 else low)
    return left
