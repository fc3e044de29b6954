"""Whoever writes and dies when, and whatever is compacted: recovery finds the last whole checkpoint, unmixed."""

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.kafka_lane.committed_state import MARK_KEY, ChangelogRecord, CommittedState

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


changes = st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True)
steps = st.lists(
    st.tuples(changes, st.sampled_from(["whole", "whole", "cut", "compact", "zombie"]), st.integers(0, 5)), max_size=25
)


@settings(max_examples=400, deadline=None)
@given(steps)
def test_recovery_finds_the_last_whole_checkpoint(plan: list[tuple[list[bytes], str, int]]) -> None:
    log: Log = []
    state = recover(log)
    expected: dict[bytes, bytes | None] = {}
    late: Log = []
    for number, (keys, what, lands) in enumerate(plan):
        changed = [(key, b"%s%d" % (key, number)) for key in keys]
        begun, mark = state.begin(changed, now_ms=1000 * number)
        written: Log = [*begun, (MARK_KEY, mark)]
        if what == "cut":
            log += written[: min(lands, len(begun))]
            state = recover(log)
        elif what == "zombie" and not late:
            # Its records come after the next worker has read the changelog, and before that one's mark.
            late = written[: min(lands, len(begun))]
            state = recover(log)
        else:
            log += begun + late
            log.append((MARK_KEY, mark))
            state.commit()
            expected |= dict(changed)
            if late:
                # Compaction waits until the records of both are known: see `min.compaction.lag.ms`.
                late = []
                state = recover(log)
                begun, mark = state.begin([], now_ms=1000 * number)
                log += [*begun, (MARK_KEY, mark)]
                state.commit()
        if what == "compact" and not late:
            log = compacted(log)
            state = recover(log)
        assert values(recover(log)) == expected
        assert values(state) == expected


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
    assert recover([(b"a\0", b"short"), (MARK_KEY, b"?")]).read(b"a") is None
