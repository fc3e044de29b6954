"""A lane: whole batches of one source topic through Faust, with effects in the order that loses and doubles nothing.

    batch:       decode → score → hand events to the producer
    checkpoint:  cut between two batches → events acknowledged → state in the changelog, acknowledged
                 → source batches acked, in order

So a commit never runs ahead of state, and state never ahead of events. Batches go on behind the cut while it is made
durable, but for one that puts a model into service. Any error ends the process: what is not acked is read again by
whoever comes next.
"""

import asyncio
import time
from collections.abc import AsyncIterable
from typing import Any

import structlog
from faust.types import TP, EventT

from agents import metrics
from agents.cut import Cut
from agents.exit import die
from agents.open_partitions import NewProcessor, OpenPartitions
from agents.outputs import PartitionProcessor
from agents.publisher import Publisher
from agents.slices import slices
from connectors.kafka.connection import KafkaConnection
from connectors.kafka_lane.app import BatchApp
from connectors.kafka_lane.state_table import StateTable
from connectors.kafka_lane.whole_fetches import WholeFetch, take_whole

log = structlog.get_logger(__name__)

# Share of the session timeout after which a worker without a heartbeat must assume that it has lost its partitions.
_LEASE_SHARE = 0.8
_SLICE_BYTES = 4_194_304
_DRAIN_POLL_S = 0.005


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
        self._app, self._table = app, table
        # Between batches, and between checkpoints; whoever needs both takes the second first.
        self._lock, self._storing = asyncio.Lock(), asyncio.Lock()
        self._open = OpenPartitions(name, source, app, table, connection, self._publisher, new_processor)
        self._held: dict[int, list[EventT]] = {}
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
        at = await self._open.ready(partition)
        if fetch.fetch_offset > at.expected:
            await self._judge_gap(partition, at.expected, fetch.fetch_offset)
        for part in slices(fetch.records, self._slice_bytes):
            applied = at.processor.apply(part)
            metrics.count(self.name, applied)
            if applied.outputs:
                await self._publisher.send(partition, at.published, applied.outputs, int(part.timestamp_ms[-1]))
            await asyncio.sleep(0)
        at.expected = fetch.next_offset
        self._held.setdefault(partition, []).append(event)
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

    async def _checkpoint(self) -> float:
        """Make everything done by now durable, then ack it; return the seconds that this kept batches from going on."""
        started, busy_s, cuts, states = time.perf_counter(), 0.0, list[Cut](), 0
        log.debug("checkpoint.begin", lane=self.name)
        for partition in sorted(self._held):
            async with self._lock:
                if partition not in self._held:
                    continue  # forgotten meanwhile
                began = time.perf_counter()
                cut = self._cut(partition)
                states += len(cut.changes) + 1
                if cut.swaps_models:
                    await self._store([cut])
                else:
                    cuts.append(cut)
                busy_s += time.perf_counter() - began
        busy_s += await self._store(cuts)
        if states:
            self._report(time.perf_counter() - started, states)
        return busy_s

    def _cut(self, partition: int) -> Cut:
        """Take everything done of a partition. The caller holds the lock."""
        at = self._open[partition]
        held, sent = self._held.pop(partition), self._publisher.take_sent(partition)
        positions = dict(at.published.positions)
        return Cut(partition, at.expected - 1, held, sent, at.published, positions, at.processor.changes())

    async def _store(self, cuts: list[Cut]) -> float:
        """Make cuts durable, then ack their batches; return the seconds of the event loop that the writing took."""
        if not cuts:
            return 0.0
        changes = {cut.partition: await cut.records(self.source) for cut in cuts}
        busy_s = await self._table.write(changes, self._require_lease)
        for cut in cuts:
            cut.ack()
        return busy_s

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
        return 0 if end is None else max(end - self._open[partition].expected, 0)

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
            pause_s = max(interval_s, await self._guarded_checkpoint() / budget)

    async def drain(self) -> None:
        """Checkpoint until nothing of this lane is unacked; called when flow has stopped and before the last commit."""
        while True:
            await self._guarded_checkpoint()
            if not any(message.topic == self.source for message in self._app.consumer.unacked):
                return
            await asyncio.sleep(_DRAIN_POLL_S)

    async def _guarded_checkpoint(self) -> float:
        async with self._storing:
            try:
                return await self._checkpoint()
            except Exception as error:
                log.exception("checkpoint.failed", lane=self.name)
                die("lane.exit", lane=self.name, error=repr(error))

    def forget(self) -> None:
        """Drop in-memory state: partitions have been revoked and come back, if they do, from the table."""
        self._open.clear()
        self._held.clear()
        self._publisher.forget()
