"""Following a topic from outside any consumer group, batch by batch, with the choice to skip what was missed."""

from collections.abc import Collection
from typing import Self

from confluent_kafka import OFFSET_END, Consumer, KafkaError, KafkaException, Message, TopicPartition

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.reader import OUTSIDE_READER, Start, first_offsets
from connectors.kafka.transient import is_transient
from schemas.errors import UnavailableError

Record = tuple[int, int, bytes | None, bytes | None]
"""Offset, timestamp in ms since 1970, key and value."""

HeadedRecord = tuple[int, int, bytes | None, bytes | None, list[tuple[str, bytes | None]], int]
"""The same, and its headers and partition."""

_BATCH = 5_000


class TopicFollower:
    """Reads a topic from `start` on, without end, all partitions or `only` some; UnavailableError where that cannot be.

    `positions` are the offsets to be read next by partition: a `start` for whoever goes on later.
    """

    def __init__(
        self, connection: KafkaConnection, topic: str, start: Start, only: Collection[int] | None = None
    ) -> None:
        self._connection, self._topic = connection, topic
        memory = {"queued.max.messages.kbytes": 16_384}
        self._consumer = Consumer({**connection.librdkafka(), **OUTSIDE_READER, **memory})
        try:
            found = first_offsets(self._consumer, connection, topic, start)
            self.positions = {at: offset for at, offset in found.items() if only is None or at in only}
            self._assign()
        except KafkaException as failure:
            self.close()
            raise self._unreadable(failure.args[0]) from failure
        except UnavailableError:
            self.close()
            raise

    def records(self, timeout_s: float) -> list[Record]:
        """Return what came, at most 5,000 records, after `timeout_s` at the latest; in order within a partition."""
        return [(raw.offset(), raw.timestamp()[1], raw.key(), raw.value()) for raw in self._batch(timeout_s)]

    def headed_records(self, timeout_s: float) -> list[HeadedRecord]:
        """Return the same with the headers and the partition of each."""
        return [
            (raw.offset(), raw.timestamp()[1], raw.key(), raw.value(), raw.headers() or [], raw.partition())
            for raw in self._batch(timeout_s)
        ]

    def _batch(self, timeout_s: float) -> list[Message]:
        batch: list[Message] = self._consumer.consume(_BATCH, timeout_s)
        # Notes among the records (the end of a partition, passing trouble) are rare.
        if any(raw.error() is not None for raw in batch):
            batch = [raw for raw in batch if self._is_record(raw)]
        self.positions.update({raw.partition(): raw.offset() + 1 for raw in batch})
        return batch

    def _is_record(self, raw: Message) -> bool:
        error = raw.error()
        if error is not None and error.code() != KafkaError._PARTITION_EOF and not is_transient(error):
            raise self._unreadable(error)
        return error is None

    def lag(self) -> int:
        """Return how many records lie before the ends, as far as the broker has told of them."""
        return sum(max(0, end - self.positions[partition]) for partition, end in self._ends().items())

    def skip_to_end(self) -> int:
        """Go on with what comes from now on; return how many records are left out."""
        skipped = self.lag()
        self.positions.update(self._ends())
        self._consumer.assign([TopicPartition(self._topic, partition, OFFSET_END) for partition in self.positions])
        return skipped

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _assign(self) -> None:
        self._consumer.assign([TopicPartition(self._topic, *place) for place in self.positions.items()])

    def _ends(self) -> dict[int, int]:
        ends = {}
        for partition in self.positions:
            marks = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), cached=True)
            if marks is not None and marks[1] >= 0:
                ends[partition] = int(marks[1])
        return ends

    def _unreadable(self, error: KafkaError) -> UnavailableError:
        return UnavailableError(
            f"the topic {self._topic} cannot be followed at {self._connection.brokers} ({error.str()}): "
            "check that the broker runs and that the user may read"
        )
