"""The partitions of a lane that are being processed: each from its saved state on, and from what it had published."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import structlog
from faust.types import TP

from agents.exit import die
from agents.outputs import PartitionProcessor, SavedState
from agents.published import Published, read_published
from agents.publisher import Publisher
from agents.state_keys import progress_key
from connectors.kafka.connection import KafkaConnection
from connectors.kafka_lane.app import BatchApp
from connectors.kafka_lane.state_table import StateTable

log = structlog.get_logger(__name__)

NewProcessor = Callable[[int, SavedState], PartitionProcessor]


@dataclass(slots=True)
class OpenPartition:
    """A partition being processed: `expected` is the next source offset to apply."""

    processor: PartitionProcessor
    published: Published
    expected: int


class _TableState:
    """Saved state of one partition, read from the Faust table."""

    def __init__(self, table: StateTable, partition: int) -> None:
        self._table, self._partition = table, partition

    def read(self, key: bytes) -> bytes | None:
        return self._table.read(self._partition, key)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._table.states[self._partition])


class OpenPartitions(dict[int, OpenPartition]):
    """The open partitions of `source` by number."""

    def __init__(
        self,
        lane: str,
        source: str,
        app: BatchApp,
        table: StateTable,
        connection: KafkaConnection,
        publisher: Publisher,
        new_processor: NewProcessor,
    ) -> None:
        super().__init__()
        self._lane, self._source, self._app, self._table = lane, source, app, table
        self._connection, self._publisher, self._new_processor = connection, publisher, new_processor

    async def ready(self, partition: int) -> OpenPartition:
        """Return a partition, opened where it is not yet.

        With it all assigned ones are opened, so that one look at the broker serves them all.
        """
        if partition in self:
            return self[partition]
        assignment = self._app.consumer.assignment()
        assigned = {tp.partition for tp in assignment if tp.topic == self._source} | {partition}
        astray = sorted(assigned - {tp.partition for tp in assignment if tp.topic == self._table.changelog})
        if astray:
            # Their state is in another worker; a group that has changed once more comes right.
            die("lane.astray", lane=self._lane, partitions=astray)
        wanted = {number: self._table.read(number, progress_key(self._source)) for number in assigned - set(self)}
        targets = {number: await self._publisher.targets(number) for number in wanted}
        published = await asyncio.get_running_loop().run_in_executor(
            None, read_published, self._connection, self._source, wanted, targets
        )
        expected = await self._next_offsets(wanted)
        for number in wanted:
            processor = self._new_processor(number, _TableState(self._table, number))
            self[number] = OpenPartition(processor, published[number], expected[number])
        log.info("lane.opened", lane=self._lane, partitions=sorted(wanted))
        return self[partition]

    async def _next_offsets(self, partitions: Iterable[int]) -> dict[int, int]:
        """Return the first offset to apply of each partition: the committed one, or the first that the broker has."""
        consumer = self._app.consumer
        committed = {number: consumer._committed_offset[TP(self._source, number)] for number in partitions}
        fresh = [TP(self._source, number) for number, offset in committed.items() if offset is None]
        begins = await consumer.earliest_offsets(*fresh) if fresh else {}
        return {
            number: begins[TP(self._source, number)] if offset is None else offset
            for number, offset in committed.items()
        }
