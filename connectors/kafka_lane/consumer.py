"""Faust's aiokafka consumer, delivering every partition fetch as one event."""

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Collection, Iterable
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.group_coordinator import GroupCoordinator
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from connectors.kafka_lane.whole_fetches import WholeFetch

log = structlog.get_logger(__name__)

_IDLE_S = 0.01
# A fetch costs the same with one record as with hundreds, so the broker lets a few gather, for `fetch_wait_ms` at most.
_FETCH_MIN_BYTES = 65_536
# Nobody wakes a wait for records when a partition joins those asked for; so it is kept short while one may.
_SHORT_TIMEOUT_S = 0.05


async def seek_to_committed(consumer: AIOKafkaConsumer, but: Collection[str]) -> dict[TopicPartition, int | None]:
    """Seek to the committed offset of each partition, to the beginning where there is none; return what is committed.

    aiokafka leaves the latter where they are: records fetched and not taken would be passed over. Those of the topics
    `but` are left there.
    """
    committed: dict[TopicPartition, int | None] = await consumer.seek_to_committed()
    fresh = [tp for tp, offset in committed.items() if not offset and tp.topic not in but]
    if fresh:
        await consumer.seek_to_beginning(*fresh)
    return committed


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self.app.conf.fetch_wait_ms  # Faust hard-codes 1500
        consumer._fetch_min_bytes = _FETCH_MIN_BYTES
        return consumer

    async def subscribe(self, topics: Iterable[str]) -> None:
        # A worker that is told to stop while it starts gets here before its tables are there. In a group in which not
        # all ask for the changelog, its partitions are given to others than those of the sources.
        missing = {table.changelog for table in self.app.tables.values()} - set(topics)
        if missing:
            log.info("group.not_joined", without=sorted(missing))
        else:
            await super().subscribe(topics)

    async def seek_to_committed(self) -> Any:
        return await self.call_thread(seek_to_committed, self._ensure_consumer(), self.app.tables.changelog_topics)


class BatchConsumer(driver.Consumer):
    """Consumer whose events carry a `WholeFetch` and whose partitions are acked strictly in order."""

    # Source records were fetched but not delivered: their partitions must be sought back before the next fetch.
    _overtaken = False

    def _new_consumer_thread(self) -> Any:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _wait_next_records(self, timeout: float) -> tuple[Any, Any]:
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        active = self._get_active_partitions()
        if self._gated:
            # Recovery resumes source partitions, seeks, and only then clears all queues: whatever source batch was
            # queued in between would vanish. Until it is done, only changelogs flow.
            changelogs = self.app.tables.changelog_topics
            active = {tp for tp in active if tp.topic in changelogs}
            timeout = _SHORT_TIMEOUT_S
        elif self._overtaken:
            await self.perform_seek()
            self._overtaken = False
        if self._buffered_partitions:
            # Faust asks again for these once their batches in the queue are few.
            timeout = _SHORT_TIMEOUT_S
        if active:
            return await self._getmany(active_partitions=active, timeout=timeout), active
        await asyncio.sleep(_IDLE_S)
        return {}, active

    @property
    def _gated(self) -> bool:
        return bool(self.app.rebalancing or not self.app.tables.actives_ready)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """Yield one message per partition fetch (value `WholeFetch`, offset of its last record), or stock messages."""
        asked_in = self.app.consumer_generation_id
        fetched, active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        if not fetched or self.should_stop:
            return
        if not self.flow_active:
            try:
                await self.perform_seek()
            except Exception as error:  # as stock does: a rebalance is under way and seeks again when it ends
                log.warning("seek.failed", error=repr(error))
            return
        for stock_tp, items in fetched.items():
            tp = TP(stock_tp.topic, stock_tp.partition)
            if (self._gated or generation != asked_in) and not self._is_changelog_tp(tp):
                # Asked for before a rebalance: delivered now, it would be cleared away when flow resumes.
                self._overtaken = True
                continue
            for item in items:
                if not self.flow_active or self.app.consumer_generation_id != generation:
                    return
                if tp not in active and tp not in self._buffered_partitions:
                    break
                self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
                if isinstance(item, WholeFetch):
                    yield tp, self._whole_message(tp, item, generation)
                else:
                    yield tp, self._to_message(tp, item)

    def _whole_message(self, tp: TP, fetch: WholeFetch, generation: int) -> ConsumerMessage:
        return ConsumerMessage(
            tp.topic, tp.partition, fetch.next_offset - 1, time.time(), 0, (), None, fetch, None, 0, 0, tp,
            generation_id=generation,
        )  # fmt: skip

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Do nothing: acks come in order, so there are no gaps (stock counts the record just fetched as missing)."""

    def _new_offset(self, tp: TP) -> int | None:
        acked = self._acked[tp]
        if not acked:
            return None
        last: int = max(acked)
        acked.clear()
        self._acked_index[tp].clear()
        return last + 1

    async def wait_empty(self) -> None:
        """Let the lanes checkpoint and ack what they hold, then commit: flow has stopped (revocation or shutdown)."""
        await self.app.drain()
        await super().wait_empty()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Forget in-memory state once everything is drained and revoked."""
        log.debug("rebalance.begin", partitions=len(revoked))
        await super().on_partitions_revoked(revoked)
        self.app.forget()

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Start recovery of the tables."""
        log.debug("recovery.begin", partitions=len(assigned))
        await super().on_partitions_assigned(assigned, generation_id)

    @property
    def coordination_ended(self) -> bool:
        """Whether the task that keeps us in the group has died; aiokafka only logs that, and nothing moves any more."""
        consumer = self._thread._consumer
        coordinator = None if consumer is None else consumer._coordinator
        return coordinator is not None and bool(coordinator._coordination_task.done())

    def heartbeat_age_s(self) -> float:
        """Return the seconds since the last heartbeat that the coordinator accepted (0 before the first)."""
        coordinator = self._thread._ensure_consumer()._coordinator
        accepted: float | None = getattr(coordinator, "last_heartbeat_at", None)
        return 0.0 if accepted is None else time.monotonic() - accepted


_stock_heartbeat = GroupCoordinator._do_heartbeat


@functools.wraps(_stock_heartbeat)
async def _timed_heartbeat(self: Any) -> bool:
    sent_at = time.monotonic()
    accepted: bool = await _stock_heartbeat(self)
    if accepted:
        self.last_heartbeat_at = sent_at
    return accepted


GroupCoordinator._do_heartbeat = _timed_heartbeat
