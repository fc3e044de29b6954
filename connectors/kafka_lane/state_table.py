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
from connectors.kafka_lane.producer import Batch
from schemas.records import RecordColumns

# The records of a checkpoint and its mark.
_Begun = tuple[list[ChangelogRecord], bytes]


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

    async def write(self, changes: dict[int, list[tuple[bytes, bytes]]], require_lease: Callable[[], None]) -> float:
        """Write `{partition: [(key, packed state)]}`, of each partition all or nothing, and make it readable.

        Returns the seconds that this computed, without the waits; others get their turn between partitions.
        `require_lease` is called before each step that another worker could be harmed by. Raises RuntimeError where
        another worker has written to one of the partitions.
        """
        computing = _Stopwatch()
        async with self._writing:
            now_ms = time.time_ns() // 1_000_000
            rescues = {partition: self.states[partition].begin_rescue(now_ms) for partition in changes}
            if urgent := {partition: rescue for partition, rescue in rescues.items() if rescue}:
                await self._write(urgent, require_lease, computing)
            begun: dict[int, _Begun] = {}
            for partition, of in changes.items():
                with computing:
                    begun[partition] = self.states[partition].begin(of, now_ms)
                await asyncio.sleep(0)
            await self._write(begun, require_lease, computing)
        return computing.seconds

    async def _write(
        self, begun: dict[int, _Begun], require_lease: Callable[[], None], computing: "_Stopwatch"
    ) -> None:
        for part in (
            {partition: records for partition, (records, _) in begun.items()},
            {partition: [(MARK_KEY, mark)] for partition, (_, mark) in begun.items()},
        ):
            batches: dict[int, list[Batch]] = {}
            for partition, records in part.items():
                with computing:
                    batches[partition] = self.app.producer.batches((key, value, []) for key, value in records)
                await asyncio.sleep(0)
            require_lease()
            await asyncio.gather(*(self._append(partition, some) for partition, some in batches.items()))
        for partition in begun:
            self.states[partition].commit()

    async def _append(self, partition: int, batches: list[Batch]) -> None:
        """Append to a partition of the changelog and wait for the acks."""
        for future, count in await self.app.producer.send_batches(self.changelog, partition, batches):
            ack, expected = await future, self.data.next_offset[partition]
            if ack.offset != expected:
                # Its records may lie on top of ours: only who has read them can put that right.
                raise RuntimeError(
                    f"changelog {partition}: wrote at {ack.offset}, expected {expected}; another worker writes, too"
                )
            self.data.next_offset[partition] += count
        own_offsets, tp = self.app.tables.recovery.active_offsets, TP(self.changelog, partition)
        if batches and tp in own_offsets:
            # Faust does not count own writes and would read them back at the next rebalance.
            last = self.data.next_offset[partition] - 1
            own_offsets[tp] = max(own_offsets[tp] if own_offsets[tp] is not None else -1, last)


class _Stopwatch:
    """Adds up the seconds spent in `with` blocks."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._began
