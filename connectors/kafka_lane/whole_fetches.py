"""aiokafka hands over each partition's fetch response as one object, for the topics that ask for it.

aiokafka builds one `ConsumerRecord` per record, the largest part of its cost. `Fetcher` finds the two classes below by
their module globals, so replacing those is the whole hook; topics that are not registered are served as aiokafka does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiokafka.consumer import fetcher

from connectors.kafka_lane.record_batches import unpack_fetch
from schemas.records import RecordColumns


@dataclass(frozen=True, slots=True)
class WholeFetch:
    """Records of one partition from `fetch_offset` up to, not including, `next_offset`."""

    records: RecordColumns
    fetch_offset: int
    next_offset: int


_StockMemoryRecords = fetcher.MemoryRecords
_StockPartitionRecords = fetcher.PartitionRecords
_whole_topics: set[str] = set()


class _KeptMemoryRecords:
    """Stock memory records that also keep the bytes they were made from."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._stock = _StockMemoryRecords(data)
        self.has_next = self._stock.has_next
        self.next_batch = self._stock.next_batch
        self.size_in_bytes = self._stock.size_in_bytes


class _WholePartitionRecords(_StockPartitionRecords):  # type: ignore[misc,valid-type]
    next_fetch_offset: int

    def _unpack_records(self) -> Iterator[Any]:
        if self._tp.topic not in _whole_topics:
            yield from super()._unpack_records()
            return
        fetch_offset = self.next_fetch_offset
        records, next_offset = unpack_fetch(self._tp.topic, self._tp.partition, self._records.data, fetch_offset)
        self.next_fetch_offset = next_offset
        if next_offset > fetch_offset:
            yield WholeFetch(records, fetch_offset, next_offset)


def take_whole(*topics: str) -> None:
    """Have every aiokafka consumer of this process deliver `topics` as `WholeFetch` objects."""
    _whole_topics.update(topics)
    fetcher.MemoryRecords = _KeptMemoryRecords
    fetcher.PartitionRecords = _WholePartitionRecords
