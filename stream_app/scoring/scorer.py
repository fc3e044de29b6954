"""Scores readings as if they had gone through Kafka: in the same partitions at the same offsets."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Protocol

from agents.outputs import Applied, Output
from agents.readings import ReadingsPartition
from schemas.records import RecordColumns
from stream_app.scoring.parts import Part, TablePart
from stream_app.scoring.table_columns import TableColumns


class Partition(Protocol):
    """What processes the records of one partition."""

    def apply(self, records: RecordColumns) -> Applied:
        """Take records in order of offset."""


class Scorer:
    """Feeds parts of files to one partition processor each (`make(topic, partition)`), as on topics that were empty.

    `now_ms` is the time of arrival that records get, `max_future_s` how far ahead of it a reading may be. Counts are
    over everything scored so far.
    """

    def __init__(self, make: Callable[[str, int], Partition], now_ms: Callable[[], int], max_future_s: float) -> None:
        self._make, self._now_ms, self._max_future_s = make, now_ms, max_future_s
        self._partitions: dict[tuple[str, int], Partition] = {}
        self._offsets: dict[tuple[str, int], int] = defaultdict(int)
        # By partition, of the file that it got something of last.
        self._tables: dict[int, tuple[int, TableColumns]] = {}
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def score(self, part: Part) -> list[Output]:
        """Return what a part leads to.

        A part of a table with anything unusual in it goes as JSON, so that what is refused is refused as in the stream.
        """
        partition = self.partition(part.topic, part.partition)
        now_ms = self._now_ms()
        first = self._offsets[part.topic, part.partition]
        self._offsets[part.topic, part.partition] += len(part)
        if isinstance(part, TablePart):
            assert isinstance(partition, ReadingsPartition)
            table = self._table(part, partition)
            table.greet(part.new)
            if table.is_plain(part, now_ms):
                keys = table.keys
                return self._count(partition.take(table.columns(part, first), lambda at: keys[part.sensor[at]]))
            messages = table.messages(part)
            keys, values = messages.keys, messages.values
        else:
            keys, values = part.keys, part.values
        records = [(first + at, now_ms, key, value) for at, (key, value) in enumerate(zip(keys, values, strict=True))]
        return self._count(partition.apply(RecordColumns.of(part.topic, part.partition, records)))

    def partition(self, topic: str, number: int) -> Partition:
        """Return the processor of a partition."""
        place = (topic, number)
        if place not in self._partitions:
            self._partitions[place] = self._make(topic, number)
        return self._partitions[place]

    def _table(self, part: TablePart, partition: ReadingsPartition) -> TableColumns:
        file, table = self._tables.get(part.partition, (-1, None))
        if table is None or file != part.file:
            table = TableColumns(partition.introduce, self._max_future_s)
            self._tables[part.partition] = (part.file, table)
        return table

    def _count(self, applied: Applied) -> list[Output]:
        """Count what a partition was given; return its outputs."""
        self.counts["readings"] += applied.units
        self.counts["late"] += applied.late
        self.counts["duplicates"] += applied.duplicates
        self.counts["anomalies"] += sum(n for (_, change), n in applied.transitions.items() if change == "raised")
        self.refused.update(applied.refused)
        return applied.outputs
