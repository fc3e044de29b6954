"""The last values of a header among the newest records of some partitions."""

from dataclasses import dataclass, field

from confluent_kafka import Consumer, TopicPartition

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.transient import is_transient
from schemas.errors import UnavailableError

_TIMEOUT_S = 30.0
_POLL_S = 1.0
_CHUNK = 10_000

Target = tuple[str, int]


@dataclass(slots=True)
class PartitionEnd:
    """The end offset of a partition, and by group the last header value before it."""

    end: int
    last: dict[bytes, bytes] = field(default_factory=dict)


def last_headers(
    connection: KafkaConnection, starts: dict[Target, int], header: str, group_fields: int
) -> dict[Target, PartitionEnd]:
    """Read each (topic, partition) from its start offset to its end; values are grouped by their first fields (at ":").

    Raises UnavailableError where the broker does not answer within 30 s.
    """
    consumer = Consumer(
        {
            **connection.librdkafka(),
            "group.id": "pdm-reads-back",  # required by the client, never joined
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 5,
        }
    )
    try:
        ends: dict[Target, PartitionEnd] = {}
        todo: dict[Target, int] = {}
        for target, start in starts.items():
            low, high = consumer.get_watermark_offsets(TopicPartition(*target), timeout=_TIMEOUT_S)
            ends[target] = PartitionEnd(high)
            if max(start, low) < high:
                todo[target] = max(start, low)
        consumer.assign([TopicPartition(*target, offset) for target, offset in todo.items()])
        idle_s = 0.0
        while todo:
            messages = consumer.consume(_CHUNK, timeout=_POLL_S if idle_s else 0.05)
            idle_s = 0.0 if messages else idle_s + _POLL_S
            if idle_s > _TIMEOUT_S:
                raise UnavailableError(f"Kafka {connection.brokers} did not deliver {sorted(todo)}; check the broker")
            for message in messages:
                if message.error() is not None and is_transient(message.error()):
                    continue
                if message.error() is not None:
                    raise UnavailableError(
                        f"Reading {message.topic()} failed: {message.error().str()}; check the broker"
                    )
                last = ends[message.topic(), message.partition()].last
                for name, value in message.headers() or ():
                    if name == header and isinstance(value, bytes):
                        last[b":".join(value.split(b":")[:group_fields])] = value
            # Positions, not messages, tell the end: compaction and control records leave holes.
            for position in consumer.position([TopicPartition(*target) for target in todo]):
                if position.offset >= ends[position.topic, position.partition].end:
                    todo.pop((position.topic, position.partition))
        return ends
    finally:
        consumer.close()
