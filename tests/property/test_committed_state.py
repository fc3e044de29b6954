"""Whoever writes and dies when, and whatever is compacted: recovery finds the last whole checkpoint, unmixed."""

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.kafka_lane.committed_state import MARK_KEY, ChangelogRecord, CommittedState
from schemas.errors import BadDataError

KEYS = [b"a", b"b", b"c", b"d"]
Log = list[ChangelogRecord]


def recover(log: Log) -> CommittedState:
    state = CommittedState()
    for key, value in log:
        state.take(key, value)
    state.end_reading()
    return state


def compacted(log: Log) -> Log:
    """Keep the last record of each key."""
    last = dict(log)
    return [(key, value) for key, value in log if last[key] is value]


def values(state: CommittedState) -> dict[bytes, bytes | None]:
    return {key: state.read(key) for key in state}


class Worker:
    """What writes the checkpoints of a partition, as the state table does."""

    def __init__(self, log: Log) -> None:
        self.state = recover(log)
        self.known = len(log)
        self.last_mark: ChangelogRecord | None = None

    def parts(self, changes: Log, now_ms: int) -> Iterator[Log]:
        """Yield what is appended and acknowledged one after the other, of one checkpoint or of two."""
        rescue = self.state.begin_rescue(now_ms)
        for records, mark in [rescue] if rescue else []:
            yield records
            yield [(MARK_KEY, mark)]
            self.state.commit()
        records, mark = self.state.begin(changes, now_ms)
        self.last_mark = (MARK_KEY, mark)
        yield records
        yield [(MARK_KEY, mark)]
        self.state.commit()

    def append(self, log: Log, part: Log, among: Iterable[ChangelogRecord] = ()) -> bool:
        """Append `part` with another worker's records before it; return whether this is noticed by the offsets."""
        log += [*among, *part]
        self.known += len(part)
        return self.known != len(log)


changes = st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True)
steps = st.lists(
    st.tuples(
        changes,
        st.sampled_from(["whole", "whole", "cut", "compact", "zombie"]),
        st.integers(0, 5),
        changes,
        st.tuples(st.integers(0, 6), st.integers(0, 6)),
    ),
    max_size=25,
)


@settings(max_examples=1000, deadline=None)
@given(steps)
def test_recovery_finds_the_last_whole_checkpoint(
    plan: list[tuple[list[bytes], str, int, list[bytes], tuple[int, int]]],
) -> None:
    log: Log = []
    worker = Worker(log)
    expected: dict[bytes, bytes | None] = {}
    # Compaction waits (`min.compaction.lag.ms`) until whoever comes next has read what two workers wrote.
    settled = True
    for number, (keys, what, lands, others, places) in enumerate(plan):
        changed = [(key, b"%s%d" % (key, number)) for key in keys]
        if what == "cut":
            records = [record for part in worker.parts(changed, 1000 * number) for record in part]
            log += records[: min(lands, len(records) - 1)]
            worker = Worker(log)
        elif what == "zombie":
            expected |= overlap(log, worker, changed, [(key, b"z%d" % number) for key in others], places, number)
            worker = Worker(log)
            settled = False
        else:
            for part in worker.parts(changed, 1000 * number):
                assert not worker.append(log, part)
            expected |= dict(changed)
            settled = True
        if what == "compact":
            log = compacted(log)
            worker = Worker(log)
        assert values(recover(log)) == expected
        assert values(worker.state) == expected
        if settled:
            assert values(recover(compacted(log))) == expected


def overlap(
    log: Log, zombie: Worker, late: Log, changed: Log, places: tuple[int, int], number: int
) -> dict[bytes, bytes | None]:
    """Let a worker go on writing after its successor has read the changelog; return what counts of both."""
    successor = Worker(log)
    written = [record for part in zombie.parts(late, 1000 * number) for record in part]
    first, second = sorted(min(place, len(written)) for place in places)
    among = [written[:first], written[first:second]]
    marks = 0
    for part in successor.parts(changed, 1000 * number + 1):
        noticed = successor.append(log, part, among.pop(0) if among else [])
        marks += part[0][0] == MARK_KEY
        if noticed:
            break
    else:
        # Its next write tells.
        log += [record for these in among for record in these] + written[second:]
        return dict(changed)
    log += [record for these in among for record in these] + written[second:]
    return dict(changed) if part == [successor.last_mark] else {} if marks else dict(late)


def test_a_zombie_mark_does_not_count() -> None:
    log: Log = []
    first = recover(log)
    begun, mark = first.begin([(b"a", b"old")], now_ms=5)
    log += [*begun, (MARK_KEY, mark)]
    first.commit()
    zombie_records, zombie_mark = first.begin([(b"a", b"zombie"), (b"b", b"zombie")], now_ms=5)
    second = recover(log)
    begun, mark = second.begin([(b"a", b"new")], now_ms=5)
    log += [*begun, (MARK_KEY, mark), *zombie_records, (MARK_KEY, zombie_mark)]
    assert values(recover(log)) == {b"a": b"new"}


def test_a_changelog_of_nothing_is_no_state() -> None:
    assert values(recover([])) == {}
    assert recover([(b"a\0", b"short")]).read(b"a") is None


def test_a_mark_of_another_version_is_refused() -> None:
    with pytest.raises(BadDataError, match="has 24 bytes instead of 32"):
        recover([(MARK_KEY, bytes(24))])
