"""A Faust table of packed state: recovered and written in batches, kept per partition.

Every value begins with the source offset it was computed up to (int64, little-endian). On recovery the newest by that
offset wins, so a state written late by a worker that had already lost its partition does no harm.
"""

import asyncio
import struct
from collections import ChainMap, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import faust
from faust.stores import memory
from faust.types import TP, EventT

from schemas.records import RecordColumns

_APPLIED = struct.Struct("<q")


def applied_offset(value: bytes) -> int:
    """Return the source offset that a packed state was computed up to."""
    offset: int = _APPLIED.unpack_from(value)[0]
    return offset


class _StateStore(memory.Store):
    """Memory store with one dict per partition; `stale` holds keys whose newest record is not their last one."""

    def __post_init__(self) -> None:
        self.by_partition: defaultdict[int, dict[bytes, bytes]] = defaultdict(dict)
        self.stale: set[tuple[int, bytes]] = set()
        self._key_partition: dict[bytes, int] = {}

    @property
    def data(self) -> ChainMap[bytes, bytes]:
        """All partitions together, read only."""
        return ChainMap(*self.by_partition.values())

    def _clear(self) -> None:
        self.by_partition.clear()

    def apply_changelog_batch(
        self, batch: Iterable[EventT], to_key: Callable[[Any], Any], to_value: Callable[[Any], Any]
    ) -> None:
        """Apply events that each carry a `WholeFetch` of the changelog."""
        for event in batch:
            records = event.value.records
            kept = self.by_partition[records.partition]
            for key, value in _pairs(records):
                old = kept.get(key)
                if old is not None and applied_offset(value) < applied_offset(old):
                    self.stale.add((records.partition, key))
                else:
                    kept[key] = value
                    self.stale.discard((records.partition, key))

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Drop the partitions that are no longer ours."""
        mine = {tp.partition for tp in active_tps | standby_tps}
        for partition in set(self.by_partition) - mine:
            del self.by_partition[partition]
        self.stale = {(p, key) for p, key in self.stale if p in mine}


def _pairs(records: RecordColumns) -> Iterator[tuple[bytes, bytes]]:
    raw = records.buffer.tobytes()
    spans = (records.key_start, records.key_length, records.value_start, records.value_length)
    for key_start, key_length, start, length in zip(*(s.tolist() for s in spans), strict=True):
        if key_length >= 0 and length >= _APPLIED.size:
            yield raw[key_start : key_start + key_length], raw[start : start + length]


class StateTable(faust.Table):
    """Table whose writes go to the changelog first and become readable once they are acknowledged."""

    def _new_store_by_url(self, url: Any) -> _StateStore:
        return _StateStore(
            url, self.app, self, table_name=self.name, key_type=self.key_type, value_type=self.value_type,
            key_serializer=self.key_serializer, value_serializer=self.value_serializer, loop=self.loop,
        )  # fmt: skip

    @property
    def store(self) -> _StateStore:
        """The store behind the table."""
        return self.data  # type: ignore[no-any-return]

    @property
    def changelog(self) -> str:
        """Name of the changelog topic."""
        return str(self.changelog_topic.get_topic_name())

    def read(self, partition: int, key: bytes) -> bytes | None:
        """Return the recovered or last acknowledged state of `key`."""
        return self.store.by_partition[partition].get(key)

    async def write(self, changes: dict[int, list[tuple[bytes, bytes]]]) -> None:
        """Write `{partition: [(key, packed state)]}`, wait for the acks, then make it readable."""
        store = self.store
        for partition, key in store.stale:
            # The changelog ends with an older state of this key: put the newest last again.
            if key in store.by_partition[partition]:
                changes.setdefault(partition, []).insert(0, (key, store.by_partition[partition][key]))
        store.stale.clear()
        sent = {
            partition: await self.app.producer.send_records(
                self.changelog, partition, ((key, value, []) for key, value in records)
            )
            for partition, records in changes.items()
        }
        own_offsets = self.app.tables.recovery.active_offsets
        for partition, batches in sent.items():
            acks = await asyncio.gather(*(future for future, _ in batches))
            tp = TP(self.changelog, partition)
            if tp in own_offsets and acks:
                # Faust does not count own writes and would read them back at the next rebalance.
                last = acks[-1].offset + batches[-1][1] - 1
                own_offsets[tp] = max(own_offsets[tp] if own_offsets[tp] is not None else -1, last)
            store.by_partition[partition].update(changes[partition])
