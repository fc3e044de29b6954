"""A lane: whole batches of one source topic through Faust, with effects in the order that loses and doubles nothing.

    batch:       decode → score → hand events to the producer
    checkpoint:  events acknowledged → state in the changelog, acknowledged → source batches acked, in order

So a commit never runs ahead of state, and state never ahead of events. Any error ends the process: what is not acked is
read again by whoever comes next.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import structlog
from faust.types import TP, EventT

from agents import metrics
from agents.outputs import PartitionProcessor, SavedState
from agents.published import Published, pack_progress, read_published
from agents.publisher import Publisher
from agents.state_keys import progress_key
from connectors.kafka.connection import KafkaConnection
from connectors.kafka_lane.app import BatchApp
from connectors.kafka_lane.state_table import StateTable
from connectors.kafka_lane.whole_fetches import WholeFetch, take_whole
from schemas.records import RecordColumns

log = structlog.get_logger(__name__)

EXIT_DEFECT = 70
# Share of the session timeout after which a worker without a heartbeat must assume that it has lost its partitions.
_LEASE_SHARE = 0.8
_SLICE_RECORDS = 8192
_SLICE_BYTES = 4_194_304
_DRAIN_POLL_S = 0.005


def die(event: str, **facts: object) -> NoReturn:
    """Log and end the process at once, so that nothing later is acked."""
    log.critical(event, **facts)
    sys.stderr.flush()
    os._exit(EXIT_DEFECT)


NewProcessor = Callable[[int, SavedState], PartitionProcessor]


@dataclass(slots=True)
class _Open:
    """A partition being processed: `expected` is the next source offset to apply."""

    processor: PartitionProcessor
    published: Published
    expected: int | None


class _TableState:
    """Saved state of one partition, read from the Faust table."""

    def __init__(self, table: StateTable, partition: int) -> None:
        self._table, self._partition = table, partition

    def read(self, key: bytes) -> bytes | None:
        return self._table.read(self._partition, key)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._table.states[self._partition])


class Lane:
    """Processes one source topic; `new_processor(partition, saved)` makes the pure part of a partition."""

    def __init__(
        self,
        name: str,
        source: str,
        outputs: tuple[str, ...],
        app: BatchApp,
        table: StateTable,
        connection: KafkaConnection,
        new_processor: NewProcessor,
        *,
        by_key: frozenset[str] = frozenset(),
        slice_bytes: int = _SLICE_BYTES,
    ) -> None:
        self.name, self.source, self.outputs = name, source, outputs
        self._slice_bytes = slice_bytes
        self._publisher = Publisher(app, name, source, outputs, by_key)
        self._app, self._table, self._connection, self._new_processor = app, table, connection, new_processor
        self._lock = asyncio.Lock()
        self._open: dict[int, _Open] = {}
        self._held: list[EventT] = []
        self.last_progress_at = time.monotonic()
        take_whole(source)

    async def run(self, stream: AsyncIterable[Any]) -> None:
        """Process batches until the stream ends; the body of the Faust agent."""
        async for event in stream.noack().events():  # type: ignore[attr-defined]
            try:
                async with self._lock:
                    if self._is_current(event):
                        await self._batch(event)
            except Exception as error:
                log.exception("lane.failed", lane=self.name)
                die("lane.exit", lane=self.name, error=repr(error))

    def _is_current(self, event: EventT) -> bool:
        """Whether the event belongs to the present assignment (a queue may still hold one of the last)."""
        app, message = self._app, event.message
        if message.generation_id != app.consumer_generation_id:
            return False
        return not app.rebalancing or app.flow_control.is_active() or message in app.consumer.unacked

    async def _batch(self, event: EventT) -> None:
        started = time.perf_counter()
        fetch: WholeFetch = event.value
        partition = event.message.partition
        at = self._open.get(partition) or await self._open_partition(partition)
        if at.expected is not None and fetch.fetch_offset > at.expected:
            await self._judge_gap(partition, at.expected, fetch.fetch_offset)
        for part in _slices(fetch.records, self._slice_bytes):
            applied = at.processor.apply(part)
            metrics.count(self.name, applied)
            if applied.outputs:
                await self._publisher.send(partition, at.published, applied.outputs, int(part.timestamp_ms[-1]))
            await asyncio.sleep(0)
        at.expected = fetch.next_offset
        self._held.append(event)
        self.last_progress_at = time.monotonic()
        metrics.BATCH_SECONDS.labels(self.name).observe(time.perf_counter() - started)
        if len(fetch.records):
            age_s = time.time() - int(fetch.records.timestamp_ms[0]) / 1000
            metrics.READING_LATENCY.labels(self.name).observe(max(age_s, 0.0))

    async def _judge_gap(self, partition: int, expected: int, got: int) -> None:
        """End the process on skipped records, unless the broker itself no longer has them."""
        tp = TP(self.source, partition)
        kept_from = (await self._app.consumer.earliest_offsets(tp))[tp]
        if got > kept_from:
            die("lane.gap", lane=self.name, partition=partition, expected=expected, got=got)
        log.error(
            "lane.expired",
            lane=self.name,
            partition=partition,
            lost=got - expected,
            remedy="raise retention.ms",
        )

    async def _open_partition(self, partition: int) -> _Open:
        """Open all assigned partitions that are not open yet, so that one look at the broker serves them all."""
        assigned = {tp.partition for tp in self._app.consumer.assignment() if tp.topic == self.source} | {partition}
        wanted = {p: self._table.read(p, progress_key(self.source)) for p in assigned - set(self._open)}
        targets = {p: await self._publisher.targets(p) for p in wanted}
        published = await asyncio.get_running_loop().run_in_executor(
            None, read_published, self._connection, self.source, wanted, targets
        )
        for p in wanted:
            self._open[p] = _Open(
                self._new_processor(p, _TableState(self._table, p)),
                published[p],
                self._app.consumer._committed_offset[TP(self.source, p)],
            )
        log.info("lane.opened", lane=self.name, partitions=sorted(wanted))
        return self._open[partition]

    async def _checkpoint(self) -> None:
        """Make everything held durable, then ack it. The caller holds the lock."""
        if not self._held:
            return
        started = time.perf_counter()
        held, self._held = self._held, []
        log.debug("checkpoint.begin", lane=self.name, batches=len(held))
        await self._publisher.acknowledged()
        changes: dict[int, list[tuple[bytes, bytes]]] = {}
        for partition in {event.message.partition for event in held}:
            at = self._open[partition]
            assert at.expected is not None
            changes[partition] = at.processor.changes()
            changes[partition].append((progress_key(self.source), pack_progress(at.expected - 1, at.published)))
        await self._table.write(changes, self._require_lease)
        for event in held:
            event.ack()
        self._report(time.perf_counter() - started, sum(map(len, changes.values())))

    def _require_lease(self) -> None:
        """End the process where it may have lost its partitions while frozen: they may be another worker's now.

        Never wait here: after an eviction no heartbeat succeeds until the revocation callback, which is us, returns.
        """
        age_s = self._app.consumer.heartbeat_age_s()
        if age_s > _LEASE_SHARE * self._app.conf.broker_session_timeout:
            die("lease.lost", lane=self.name, heartbeat_age_s=round(age_s, 1))

    def _report(self, seconds: float, states: int) -> None:
        metrics.CHECKPOINT_SECONDS.labels(self.name).observe(seconds)
        metrics.CHECKPOINT_STATES.labels(self.name).inc(states)
        metrics.LAST_CHECKPOINT.labels(self.name).set_to_current_time()
        metrics.SENSORS.labels(self.name).set(sum(at.processor.sensors for at in self._open.values()))
        metrics.STATE_BYTES.labels(self.name).set(sum(at.processor.state_bytes for at in self._open.values()))
        for partition in self._open:
            metrics.LAG.labels(self.source, partition).set(self.lag(partition))
        log.debug("checkpoint.end", lane=self.name, states=states, seconds=round(seconds, 4))

    @property
    def processors(self) -> dict[int, PartitionProcessor]:
        """The open partitions."""
        return {partition: at.processor for partition, at in self._open.items()}

    def lag(self, partition: int) -> int:
        """Return the records between the applied offset and the end of the partition, as last heard from the broker."""
        end = self._app.consumer.highwater(TP(self.source, partition))
        return 0 if end is None else max(end - (self._open[partition].expected or 0), 0)

    @property
    def behind(self) -> bool:
        """Whether any partition has records that were not applied yet."""
        return any(self.lag(partition) for partition in self._open)

    async def checkpoint_every(self, interval_s: float, budget: float) -> None:
        """Checkpoint every `interval_s`, or less often where that would take more than `budget` of the time."""
        pause_s = interval_s
        while not self._app.should_stop:
            await asyncio.sleep(pause_s)
            if self._app.rebalancing:
                continue
            started = time.perf_counter()
            await self._guarded_checkpoint()
            pause_s = max(interval_s, (time.perf_counter() - started) / budget)

    async def drain(self) -> None:
        """Checkpoint until nothing of this lane is unacked; called when flow has stopped and before the last commit."""
        while True:
            await self._guarded_checkpoint()
            if not any(message.topic == self.source for message in self._app.consumer.unacked):
                return
            await asyncio.sleep(_DRAIN_POLL_S)

    async def _guarded_checkpoint(self) -> None:
        async with self._lock:
            try:
                await self._checkpoint()
            except Exception as error:
                log.exception("checkpoint.failed", lane=self.name)
                die("lane.exit", lane=self.name, error=repr(error))

    def forget(self) -> None:
        """Drop in-memory state: partitions have been revoked and come back, if they do, from the table."""
        self._open.clear()
        self._held.clear()
        self._publisher.forget()


def _slices(records: RecordColumns, most_bytes: int) -> Iterator[RecordColumns]:
    """Cut a fetch so that each piece keeps the event loop only briefly (a compressed fetch can be large)."""
    behind = np.cumsum(np.maximum(records.value_length, 0), dtype=np.int64)
    start = 0
    while start < len(records):
        done = int(behind[start - 1]) if start else 0
        stop = int(np.searchsorted(behind, done + most_bytes, side="right"))
        stop = min(max(stop, start + 1), start + _SLICE_RECORDS)
        yield records.slice(start, stop)
        start = stop
