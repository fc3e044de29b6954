"""A checkpoint is of one moment; batches go on while it is made durable, unless it puts a model into service."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agents.lane import Lane
from agents.open_partitions import OpenPartition
from agents.outputs import Applied, Output
from agents.published import Published, pack_progress
from agents.state_keys import model_key, progress_key
from connectors.kafka_lane.whole_fetches import WholeFetch
from schemas.records import RecordColumns

SOURCE, EVENTS = "source", "events"


class Counts:
    """Counts records and tells each; with `swaps`, every checkpoint puts a model into service."""

    sensors = state_bytes = 0

    def __init__(self, *, swaps: bool = False) -> None:
        self.applied, self.swaps = 0, swaps

    def apply(self, records: RecordColumns) -> Applied:
        self.applied += len(records)
        return Applied([Output(EVENTS, None, b"", (), (offset, 0, 0)) for offset in records.offset.tolist()])

    def changes(self) -> list[tuple[bytes, bytes]]:
        model = [(model_key("readings", "champion", "", 0), b"new")] if self.swaps else []
        return [(b"count", b"%d" % self.applied), *model]


@dataclass
class Broker:
    """Takes records, and acknowledges them once `answers` is set."""

    answers: asyncio.Event = field(default_factory=asyncio.Event)
    written: dict[tuple[str, int], list[bytes]] = field(default_factory=dict)

    async def partitions_of(self, topic: str) -> int:
        return 1

    async def send_records(self, topic: str, partition: int, records: Iterable[Any]) -> list[tuple[Any, int]]:
        log, values = self.written.setdefault((topic, partition), []), [value for _, value, _ in records]
        at = len(log)
        log += values
        return [(asyncio.ensure_future(self._acknowledge(at)), len(values))]

    async def _acknowledge(self, offset: int) -> Any:
        await self.answers.wait()
        return SimpleNamespace(offset=offset)


@dataclass
class Table:
    """The state that counts."""

    stored: dict[bytes, bytes] = field(default_factory=dict)

    async def write(self, changes: dict[int, list[tuple[bytes, bytes]]], require_lease: Callable[[], None]) -> float:
        require_lease()
        for of in changes.values():
            self.stored.update(of)
        return 0.0


class Batch:
    """A fetch of one record as Faust hands it over."""

    def __init__(self, offset: int) -> None:
        records = RecordColumns.of(SOURCE, 0, [(offset, 0, None, b"x")])
        self.value, self.acked = WholeFetch(records, offset, offset + 1), False
        self.message = SimpleNamespace(topic=SOURCE, partition=0, generation_id=1)

    def ack(self) -> None:
        self.acked = True


class Bench:
    """A lane with one open partition."""

    def __init__(self, processor: Counts) -> None:
        self.processor, self.broker, self.table = processor, Broker(), Table()
        app = SimpleNamespace(
            producer=self.broker,
            consumer=SimpleNamespace(heartbeat_age_s=lambda: 0.0, highwater=lambda tp: None, unacked=set()),
            conf=SimpleNamespace(broker_session_timeout=10.0),
            consumer_generation_id=1,
            rebalancing=False,
        )
        self.lane = Lane(
            "test", SOURCE, (EVENTS,), cast(Any, app), cast(Any, self.table), cast(Any, None), lambda *_: processor
        )
        self.lane._open[0] = OpenPartition(processor, Published(), 0)

    async def take(self, *batches: Batch) -> None:
        """Have the agent take batches."""

        async def events() -> Any:
            for batch in batches:
                yield batch

        await self.lane.run(cast(Any, SimpleNamespace(noack=lambda: SimpleNamespace(events=events))))


async def _settle() -> None:
    """Let tasks go on until none can."""
    for _ in range(50):
        await asyncio.sleep(0)


def test_batches_go_on_behind_a_cut_and_are_no_part_of_it() -> None:
    async def scenario() -> None:
        bench, first, second = Bench(Counts()), Batch(0), Batch(1)
        await bench.take(first)
        checkpoint = asyncio.create_task(bench.lane.drain())
        await _settle()
        await asyncio.wait_for(bench.take(second), 5.0)
        assert bench.processor.applied == 2
        assert not first.acked
        assert not bench.table.stored
        bench.broker.answers.set()
        await checkpoint
        assert first.acked
        assert not second.acked
        published = Published({(EVENTS, 0): (0, 0, 0)}, {(EVENTS, 0): 1})
        assert bench.table.stored == {b"count": b"1", progress_key(SOURCE): pack_progress(0, published)}
        await bench.lane.drain()
        assert second.acked
        assert bench.table.stored[b"count"] == b"2"

    asyncio.run(scenario())


def test_nothing_is_judged_by_a_model_that_is_not_stored_yet() -> None:
    async def scenario() -> None:
        bench, first, second = Bench(Counts(swaps=True)), Batch(0), Batch(1)
        await bench.take(first)
        checkpoint = asyncio.create_task(bench.lane.drain())
        await _settle()
        taking = asyncio.create_task(bench.take(second))
        await _settle()
        assert bench.processor.applied == 1
        bench.broker.answers.set()
        await checkpoint
        await taking
        assert bench.table.stored[b"count"] == b"1"
        assert bench.processor.applied == 2

    asyncio.run(scenario())


def test_a_second_checkpoint_waits_for_the_first() -> None:
    async def scenario() -> None:
        bench, batches = Bench(Counts()), [Batch(0), Batch(1)]
        await bench.take(batches[0])
        first = asyncio.create_task(bench.lane.drain())
        await _settle()
        await bench.take(batches[1])
        second = asyncio.create_task(bench.lane.drain())
        await _settle()
        assert set(bench.lane._held) == {0}
        bench.broker.answers.set()
        await asyncio.gather(first, second)
        assert [batch.acked for batch in batches] == [True, True]

    asyncio.run(scenario())


@pytest.mark.parametrize("swaps", [False, True])
def test_what_is_forgotten_is_not_stored(swaps: bool) -> None:
    async def scenario() -> None:
        bench = Bench(Counts(swaps=swaps))
        await bench.take(Batch(0))
        bench.lane.forget()
        await bench.lane.drain()
        assert not bench.table.stored

    asyncio.run(scenario())
