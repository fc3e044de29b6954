"""A Faust table of packed state: recovered and written in batches, one whole checkpoint of a partition or nothing."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import faust
from faust.stores import memory
from faust.types import TP, EventT

from connectors.kafka_lane.committed_state import MARK_KEY, ChangelogRecord, CommittedState
from schemas.records import RecordColumns


class _StateStore(memory.Store):
    """Memory store with one `CommittedState` per partition."""

    def __post_init__(self) -> None:
        self.by_partition: defaultdict[int, CommittedState] = defaultdict(CommittedState)
        # By partition: of the changelog, the first record that was neither read nor written here.
        self.next_offset: defaultdict[int, int] = defaultdict(int)

    def _clear(self) -> None:
        self.by_partition.clear()
        self.next_offset.clear()

    def apply_changelog_batch(
        self, batch: Iterable[EventT], to_key: Callable[[Any], Any], to_value: Callable[[Any], Any]
    ) -> None:
        """Apply events that each carry a `WholeFetch` of the changelog."""
        for event in batch:
            fetch = event.value
            partition = fetch.records.partition
            # A rebalance has parts delivered again, late ones too: every record is taken once, in its order.
            known = self.next_offset[partition]
            if fetch.fetch_offset > known:
                raise RuntimeError(f"changelog {partition}: read from {fetch.fetch_offset} on, expected {known}")
            for offset, key, value in _records(fetch.records):
                if offset >= known:
                    self.by_partition[partition].take(key, value)
            self.next_offset[partition] = max(known, fetch.next_offset)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Drop the partitions that are no longer ours."""
        mine = {tp.partition for tp in active_tps | standby_tps}
        for partition in (set(self.by_partition) | set(self.next_offset)) - mine:
            self.by_partition.pop(partition, None)
            self.next_offset.pop(partition, None)
        for state in self.by_partition.values():
            state.end_reading()


def _records(records: RecordColumns) -> Iterator[tuple[int, bytes, bytes | None]]:
    raw = records.buffer.tobytes()
    spans = (records.offset, records.key_start, records.key_length, records.value_start, records.value_length)
    for offset, key_start, key_length, start, length in zip(*(s.tolist() for s in spans), strict=True):
        if key_length > 0:
            yield offset, raw[key_start : key_start + key_length], raw[start : start + length] if length >= 0 else None


class StateTable(faust.Table):
    """Table whose writes go to the changelog first and become readable once they are acknowledged."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Lanes share the table, and a partition's checkpoints are numbered.
        self._writing = asyncio.Lock()

    def _new_store_by_url(self, url: Any) -> _StateStore:
        return _StateStore(
            url, self.app, self, table_name=self.name, key_type=self.key_type, value_type=self.value_type,
            key_serializer=self.key_serializer, value_serializer=self.value_serializer, loop=self.loop,
        )  # fmt: skip

    @property
    def changelog(self) -> str:
        """Name of the changelog topic."""
        return str(self.changelog_topic.get_topic_name())

    @property
    def states(self) -> dict[int, CommittedState]:
        """State by partition."""
        return self.data.by_partition  # type: ignore[no-any-return]

    def read(self, partition: int, key: bytes) -> bytes | None:
        """Return the recovered or last acknowledged state of `key`."""
        return self.states[partition].read(key)

    async def write(self, changes: dict[int, list[tuple[bytes, bytes]]], require_lease: Callable[[], None]) -> None:
        """Write `{partition: [(key, packed state)]}`, of each partition all or nothing, and make it readable.

        `require_lease` is called before each step that another worker could be harmed by. Raises RuntimeError where
        another worker has written to one of the partitions.
        """
        async with self._writing:
            now_ms = time.time_ns() // 1_000_000
            rescues = {partition: self.states[partition].begin_rescue(now_ms) for partition in changes}
            if urgent := {partition: rescue for partition, rescue in rescues.items() if rescue}:
                await self._write(urgent, require_lease)
            await self._write(
                {partition: self.states[partition].begin(of, now_ms) for partition, of in changes.items()},
                require_lease,
            )

    async def _write(
        self, begun: dict[int, tuple[list[ChangelogRecord], bytes]], require_lease: Callable[[], None]
    ) -> None:
        for part in (
            {partition: records for partition, (records, _) in begun.items()},
            {partition: [(MARK_KEY, mark)] for partition, (_, mark) in begun.items()},
        ):
            require_lease()
            await self._send(part)
        for partition in begun:
            self.states[partition].commit()

    async def _send(self, records: dict[int, list[ChangelogRecord]]) -> None:
        """Append records to the changelog's partitions and wait for the acks."""
        sent = {
            partition: await self.app.producer.send_records(
                self.changelog, partition, ((key, value, []) for key, value in some)
            )
            for partition, some in records.items()
        }
        own_offsets = self.app.tables.recovery.active_offsets
        for partition, batches in sent.items():
            acks = await asyncio.gather(*(future for future, _ in batches))
            if not acks:
                continue
            for ack, (_, count) in zip(acks, batches, strict=True):
                expected = self.data.next_offset[partition]
                if ack.offset != expected:
                    # Its records may lie on top of ours: only who has read them can put that right.
                    raise RuntimeError(
                        f"changelog {partition}: wrote at {ack.offset}, expected {expected}; another worker writes, too"
                    )
                self.data.next_offset[partition] += count
            last = self.data.next_offset[partition] - 1
            tp = TP(self.changelog, partition)
            if tp in own_offsets:
                # Faust does not count own writes and would read them back at the next rebalance.
                own_offsets[tp] = max(own_offsets[tp] if own_offsets[tp] is not None else -1, last)
