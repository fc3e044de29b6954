"""Reading a topic from outside any consumer group: nothing is committed, nobody is disturbed."""

import time
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka import Message as RawMessage

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.transient import is_transient
from schemas.errors import UnavailableError

# "beginning", "end", a time (milliseconds since 1970), or an offset for each partition wanted.
Start = Literal["beginning", "end"] | int | Mapping[int, int]

STALLED_AFTER_S = 30.0
_REQUEST_TIMEOUT_S = 10.0
_BATCH = 5_000
OUTSIDE_READER: dict[str, Any] = {
    # The client library wants a group; it is never joined, and no offset is ever committed.
    "group.id": "pdm-outside-reader",
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "earliest",
    "fetch.queue.backoff.ms": 5,
    "fetch.wait.max.ms": 50,
}
"""Settings of a consumer that stands outside of every group."""


class Message(NamedTuple):
    """One record of a topic; headers in the order of the record."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


def read_all(
    connection: KafkaConnection, topic: str, start: Start = "beginning", follow: bool = False
) -> Iterator[Message]:
    """Yield the records of `topic` from `start` to the end that it has now, or without end when `follow`.

    Order holds within a partition. Raises UnavailableError when the topic or the broker is missing, or when
    nothing comes for 30 s although records are due.
    """
    settings = {**connection.librdkafka(), **OUTSIDE_READER}
    consumer = Consumer(settings)
    try:
        begin = first_offsets(consumer, connection, topic, start)
        end = {} if follow else _ends(consumer, topic, begin)
        consumer.assign([TopicPartition(topic, partition, offset) for partition, offset in begin.items()])
        yield from _messages(consumer, connection, topic, set(begin), end, follow)
    except KafkaException as failure:
        raise UnavailableError(
            f"the topic {topic} cannot be read at {connection.brokers} ({failure.args[0].str()}): "
            "check that the broker runs and that the user may read"
        ) from failure
    finally:
        consumer.close()


def _messages(
    consumer: Consumer,
    connection: KafkaConnection,
    topic: str,
    open_partitions: set[int],
    end: dict[int, int],
    follow: bool,
) -> Iterator[Message]:
    heard_s = time.monotonic()
    while open_partitions:
        batch = consumer.consume(_BATCH, 0.2)
        if batch:
            heard_s = time.monotonic()
        elif not follow and time.monotonic() - heard_s > STALLED_AFTER_S:
            raise UnavailableError(
                f"nothing came from the topic {topic} at {connection.brokers} for {STALLED_AFTER_S:.0f} s "
                "although it holds more: check the broker, then try again"
            )
        for raw in batch:
            partition, offset = raw.partition(), raw.offset()
            if raw.error():
                if is_transient(raw.error()):
                    continue
                if raw.error().code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(raw.error())
                # Compaction leaves holes, so the last record may lie before the end: this note is what tells.
                if not follow and offset >= end[partition]:
                    open_partitions.discard(partition)
            elif follow:
                yield _message(raw)
            elif partition in open_partitions:
                if offset < end[partition]:
                    yield _message(raw)
                if offset + 1 >= end[partition]:
                    open_partitions.discard(partition)


def _message(raw: RawMessage) -> Message:
    return Message(raw.partition(), raw.offset(), raw.timestamp()[1], raw.key(), raw.value(), raw.headers() or [])


def first_offsets(consumer: Consumer, connection: KafkaConnection, topic: str, start: Start) -> dict[int, int]:
    """Return the first offset to read of each partition; raises UnavailableError where there is no such topic."""
    known = consumer.list_topics(topic, timeout=_REQUEST_TIMEOUT_S).topics[topic]
    if known.error is not None:
        raise UnavailableError(
            f"the topic {topic} does not exist at {connection.brokers}: "
            "see `stream-app topics list`, or create the declared ones by `stream-app topics create`"
        )
    partitions = sorted(known.partitions)
    if isinstance(start, Mapping):
        return dict(start)
    if isinstance(start, int):
        asked = [TopicPartition(topic, partition, start) for partition in partitions]
        found = consumer.offsets_for_times(asked, timeout=_REQUEST_TIMEOUT_S)
        # A negative offset means that no record is that young: begin at the end.
        return {one.partition: one.offset if one.offset >= 0 else _mark(consumer, one)[1] for one in found}
    side = 0 if start == "beginning" else 1
    return {partition: _mark(consumer, TopicPartition(topic, partition))[side] for partition in partitions}


def _ends(consumer: Consumer, topic: str, begin: dict[int, int]) -> dict[int, int]:
    ends = {partition: _mark(consumer, TopicPartition(topic, partition))[1] for partition in begin}
    for partition, offset in list(begin.items()):
        if offset >= ends[partition]:
            del begin[partition]
    return ends


def _mark(consumer: Consumer, at: TopicPartition) -> tuple[int, int]:
    """Return the first and the next offset of a partition."""
    marks = consumer.get_watermark_offsets(TopicPartition(at.topic, at.partition), _REQUEST_TIMEOUT_S)
    if marks is None:
        raise UnavailableError(
            f"the ends of {at.topic}[{at.partition}] did not come within {_REQUEST_TIMEOUT_S:.0f} s: "
            "check the broker, then try again"
        )
    return int(marks[0]), int(marks[1])
