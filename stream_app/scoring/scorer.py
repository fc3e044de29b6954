"""Scores messages as if they had gone through Kafka: the same bytes in the same partitions at the same offsets."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Protocol

from aiokafka.partitioner import murmur2

from agents.outputs import Applied, Output
from schemas.records import RecordColumns
from stream_app.publishing.messages import Messages


class Partition(Protocol):
    """What processes the records of one partition."""

    def apply(self, records: RecordColumns) -> Applied:
        """Take records in order of offset."""


class Scorer:
    """Feeds messages to one partition processor each (`make(topic, partition)`), as on topics that were empty before.

    `now_ms` is the time of arrival that records get. Counts are over everything scored so far.
    """

    def __init__(self, make: Callable[[str, int], Partition], partitions: int, now_ms: Callable[[], int]) -> None:
        self._make = make
        self._partition_count = partitions
        self._now_ms = now_ms
        self._partitions: dict[tuple[str, int], Partition] = {}
        self._offsets: dict[tuple[str, int], int] = defaultdict(int)
        self._partition_of: dict[bytes, int] = {}
        self.units = 0
        self.late = 0
        self.duplicates = 0
        self.refused: Counter[str] = Counter()

    def score(self, messages: Messages) -> list[Output]:
        """Return what the messages lead to, partition by partition."""
        records: dict[int, list[tuple[int, int, bytes | None, bytes | None]]] = defaultdict(list)
        now_ms = self._now_ms()
        for key, value in zip(messages.keys, messages.values, strict=True):
            number = self._partition_of.get(key)
            if number is None:
                number = self._partition_of[key] = partition_of(key, self._partition_count)
            place = (messages.topic, number)
            records[number].append((self._offsets[place], now_ms, key, value))
            self._offsets[place] += 1
        outputs: list[Output] = []
        for number in sorted(records):
            partition = self._partition(messages.topic, number)
            applied = partition.apply(RecordColumns.of(messages.topic, number, records[number]))
            self.units += applied.units
            self.late += applied.late
            self.duplicates += applied.duplicates
            self.refused.update(applied.refused)
            outputs += applied.outputs
        return outputs

    def _partition(self, topic: str, number: int) -> Partition:
        place = (topic, number)
        if place not in self._partitions:
            self._partitions[place] = self._make(topic, number)
        return self._partitions[place]


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition that Kafka's own producers choose for a key."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions
