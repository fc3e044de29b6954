"""What the state table makes of a changelog that it reads."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from connectors.kafka_lane.committed_state import MARK_KEY, ChangelogRecord, CommittedState
from connectors.kafka_lane.state_table import StateTable, _StateStore
from connectors.kafka_lane.whole_fetches import WholeFetch
from schemas.records import RecordColumns


def changelog() -> list[ChangelogRecord]:
    """Return a log of three epochs; a checkpoint of the first was cut off after it had written `a` anew."""
    log: list[ChangelogRecord] = []
    for changes, cut, now_ms in (([(b"a", b"old")], False, 1), ([(b"a", b"orphan")], True, 2)):
        if not cut:
            state = CommittedState()
        begun, mark = state.begin(changes, now_ms)
        log += [*begun] if cut else [*begun, (MARK_KEY, mark)]
        state.commit()
    for epoch in (10, 20):
        state = CommittedState()
        for key, value in log:
            state.take(key, value)
        state.end_reading()
        for number in range(3):
            begun, mark = state.begin([(b"b", b"%d" % (epoch + number))], epoch)
            log += [*begun, (MARK_KEY, mark)]
            state.commit()
    return log


def fetch(log: list[ChangelogRecord], start: int, end: int) -> Any:
    rows = [(offset, 0, *log[offset]) for offset in range(start, end)]
    return SimpleNamespace(value=WholeFetch(RecordColumns.of("changelog", 0, rows), start, end))


def store() -> _StateStore:
    empty = _StateStore.__new__(_StateStore)
    empty.__post_init__()
    return empty


def read(table: _StateStore, *fetches: Any) -> None:
    table.apply_changelog_batch(list(fetches), lambda key: key, lambda value: value)


def test_a_recovery_that_is_interrupted_and_begins_anew_finds_the_same() -> None:
    log = changelog()
    table = store()
    read(table, fetch(log, 0, len(log)))
    assert table.by_partition[0].read(b"a") == b"old"
    read(table, fetch(log, 0, 5), fetch(log, 5, len(log)))
    assert table.by_partition[0].read(b"a") == b"old"
    # A fetch of the recovery before may come late.
    read(table, fetch(log, 0, 3))
    assert table.by_partition[0].read(b"b") == b"22"


def test_a_gap_is_refused() -> None:
    table = store()
    read(table, fetch(changelog(), 0, 2))
    with pytest.raises(RuntimeError, match="read from 4 on, expected 2"):
        read(table, fetch(changelog(), 4, 5))


def test_a_recovery_goes_on_where_it_was() -> None:
    log = changelog()
    table = store()
    for at in range(len(log)):
        read(table, fetch(log, at, at + 1))
        # A rebalance ends the recovery here, and the next one goes on.
        table.by_partition[0].end_reading()
    assert table.by_partition[0].read(b"a") == b"old"
    assert table.by_partition[0].read(b"b") == b"22"


class Log:
    """A changelog partition to which another worker may append as well."""

    def __init__(self) -> None:
        self.end = 0
        self.written: list[bytes] = []

    def batches(self, records: Any) -> list[tuple[list[bytes], int]]:
        keys = [key for key, _, _ in records]
        return [(keys, len(keys))]

    async def send_batches(
        self, topic: str, partition: int, batches: list[tuple[list[bytes], int]]
    ) -> list[tuple[Any, int]]:
        sent = []
        for keys, count in batches:
            ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            ack.set_result(SimpleNamespace(offset=self.end))
            self.end += count
            self.written += keys
            sent.append((ack, count))
        return sent


def table_over(log: Log) -> StateTable:
    table = StateTable.__new__(StateTable)
    table._writing = asyncio.Lock()
    table._changelog_topic = SimpleNamespace(get_topic_name=lambda: "changelog")
    table.app = SimpleNamespace(producer=log, tables=SimpleNamespace(recovery=SimpleNamespace(active_offsets={})))
    table._data = store()
    return table


def test_a_writer_that_is_not_alone_ends_before_its_checkpoint_counts() -> None:
    log, leases = Log(), []

    async def write() -> None:
        table = table_over(log)
        await table.write({0: [(b"a", b"1")]}, lambda: leases.append(len(log.written)))
        assert table.read(0, b"a") == b"1"
        assert log.written == [b"a\0", MARK_KEY]
        # Another worker writes.
        log.end += 1
        with pytest.raises(RuntimeError, match="wrote at 3, expected 2; another worker writes, too"):
            await table.write({0: [(b"a", b"2")]}, lambda: leases.append(len(log.written)))
        assert table.read(0, b"a") == b"1"

    asyncio.run(write())
    assert log.written == [b"a\0", MARK_KEY, b"a\1"]
    # The lease is looked at before the records and before the mark.
    assert leases == [0, 1, 2]
