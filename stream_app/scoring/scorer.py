"""Scores readings as if they had gone through Kafka: in the same partitions at the same offsets."""

from collections import Counter, defaultdict
from collections.abc import Callable, Container
from typing import Protocol

from aiokafka.partitioner import murmur2

from agents.outputs import Applied, Output
from schemas.records import RecordColumns
from stream_app.publishing.messages import Messages

ByPartition = list[tuple[int, list[Output]]]
"""What came of a block of a file: the outputs of each partition, ascending."""


class Partition(Protocol):
    """What processes the records of one partition."""

    def apply(self, records: RecordColumns) -> Applied:
        """Take records in order of offset."""


class Scorer:
    """Feeds messages to one partition processor each (`make(topic, partition)`), as on topics that were empty before.

    Of `partition_count` partitions those in `chosen` are scored, the others left to someone else. `now_ms` is the time
    of arrival that records get. Counts are over everything scored so far.
    """

    def __init__(
        self,
        make: Callable[[str, int], Partition],
        partition_count: int,
        now_ms: Callable[[], int],
        chosen: Container[int] | None = None,
    ) -> None:
        self._make = make
        self.partition_count = partition_count
        self.chosen = range(partition_count) if chosen is None else chosen
        self.now_ms = now_ms
        self._partitions: dict[tuple[str, int], Partition] = {}
        self._offsets: dict[tuple[str, int], int] = defaultdict(int)
        self._partition_of: dict[bytes, int] = {}
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def score(self, messages: Messages) -> ByPartition:
        """Return what the messages lead to."""
        records: dict[int, list[tuple[int, int, bytes | None, bytes | None]]] = defaultdict(list)
        now_ms = self.now_ms()
        for key, value in zip(messages.keys, messages.values, strict=True):
            number = self.partition_of(key)
            if number in self.chosen:
                place = (messages.topic, number)
                records[number].append((self._offsets[place], now_ms, key, value))
                self._offsets[place] += 1
        found: ByPartition = []
        for number, of in sorted(records.items()):
            columns = RecordColumns.of(messages.topic, number, of)
            found.append((number, self.count(self.partition(messages.topic, number).apply(columns))))
        return found

    def partition(self, topic: str, number: int) -> Partition:
        """Return the processor of a partition."""
        place = (topic, number)
        if place not in self._partitions:
            self._partitions[place] = self._make(topic, number)
        return self._partitions[place]

    def partition_of(self, key: bytes) -> int:
        """Return the partition that a key belongs to."""
        number = self._partition_of.get(key)
        if number is None:
            number = self._partition_of[key] = partition_of(key, self.partition_count)
        return number

    def take_offsets(self, topic: str, number: int, count: int) -> int:
        """Return the first of the next `count` offsets of a partition, and count on."""
        first = self._offsets[topic, number]
        self._offsets[topic, number] = first + count
        return first

    def count(self, applied: Applied) -> list[Output]:
        """Count what a partition was given; return its outputs."""
        self.counts["readings"] += applied.units
        self.counts["late"] += applied.late
        self.counts["duplicates"] += applied.duplicates
        self.counts["anomalies"] += sum(n for (_, change), n in applied.transitions.items() if change == "raised")
        self.refused.update(applied.refused)
        return applied.outputs


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition that Kafka's own producers choose for a key."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions
