"""The judge's own fold, and how it holds states against each other."""

from itertools import islice

import pytest

from agents.options import ReadingsOptions
from agents.readings import ReadingsPartition
from agents.state_keys import hot_key, page_key
from benchmarks.chaos.fold import Folded, SourceRecord, fold
from benchmarks.chaos.load import ChaosLoad
from benchmarks.chaos.states import newest, sensors_that_differ
from benchmarks.chaos.verdict import count_events
from models.series import SeriesBank
from models.tuning import Tuning
from schemas.records import RecordColumns
from schemas.topics import ANOMALIES, DEAD_LETTERS, LATE, READINGS

OPTIONS = ReadingsOptions(tuning=Tuning(grace_s=3.0, learn_readings=60))
PAGES = SeriesBank(OPTIONS.tuning).page_count
START_US = 1_767_225_600_000_000
CHECKPOINT_EVERY = 700


@pytest.fixture(scope="module")
def source() -> dict[int, list[SourceRecord]]:
    partitions: dict[int, list[SourceRecord]] = {0: [], 1: []}
    for key, value in islice(ChaosLoad(20, 3, START_US), 9000):
        records = partitions[key[-1] % 2]
        records.append((len(records), START_US // 1000 + 600_000, key, value))
    return partitions


@pytest.fixture(scope="module")
def folded(source: dict[int, list[SourceRecord]]) -> Folded:
    return fold(READINGS, source, OPTIONS, seed=1)


@pytest.fixture(scope="module")
def changelog(source: dict[int, list[SourceRecord]]) -> list[tuple[bytes, bytes | None]]:
    """What a worker that checkpoints every 700 records would have written."""
    written: list[tuple[bytes, bytes | None]] = []
    for number, records in source.items():
        worker = ReadingsPartition(READINGS, number, OPTIONS)
        for start in range(0, len(records), CHECKPOINT_EVERY):
            worker.apply(RecordColumns.of(READINGS, number, records[start : start + CHECKPOINT_EVERY]))
            written += worker.changes()
    return written


def test_the_load_leads_to_every_kind_of_event(folded: Folded) -> None:
    assert {topic for topic, _ in folded.events} == {ANOMALIES, LATE, DEAD_LETTERS}
    assert folded.readings > 8000
    assert folded.sensors >= 20


def test_the_pieces_do_not_matter(source: dict[int, list[SourceRecord]], folded: Folded) -> None:
    other = fold(READINGS, source, OPTIONS, seed=2)
    counts = count_events(folded.events, other.events.items())
    assert (counts.lost, counts.wrong) == (0, 0), counts.examples
    assert sensors_that_differ(folded.states, other.states, PAGES) == set()


def test_checkpointed_state_equals_the_fold(folded: Folded, changelog: list[tuple[bytes, bytes | None]]) -> None:
    assert sensors_that_differ(folded.states, newest(changelog), PAGES) == set()


def test_a_state_left_behind_is_found(folded: Folded, changelog: list[tuple[bytes, bytes | None]]) -> None:
    last_key = max(key for key, _ in changelog if key[:1] != b"\0")
    last = max(i for i, (key, _) in enumerate(changelog) if key == last_key)
    behind = newest(changelog[:last] + changelog[last + 1 :])
    assert sensors_that_differ(folded.states, behind, PAGES) == {last_key.decode()}


def test_a_changed_byte_a_missing_and_a_foreign_sensor_are_found(folded: Folded) -> None:
    names = sorted(key.decode() for key in folded.states if key[:1] != b"\0")
    altered = dict(folded.states)
    state = bytearray(altered[hot_key(names[0])])
    state[100] ^= 1
    altered[hot_key(names[0])] = bytes(state)
    del altered[hot_key(names[1])]
    altered[hot_key("foreign/sensor")] = altered[hot_key(names[2])]
    assert sensors_that_differ(folded.states, altered, PAGES) == {names[0], names[1], "foreign/sensor"}


def test_a_changed_page_is_found(folded: Folded) -> None:
    sensor, page = next(
        (key.decode(), page)
        for key in folded.states
        if key[:1] != b"\0"
        for page in range(PAGES)
        if page_key(key.decode(), page) in folded.states
    )
    altered = dict(folded.states)
    record = bytearray(altered[page_key(sensor, page)])
    record[20] ^= 1
    altered[page_key(sensor, page)] = bytes(record)
    assert sensors_that_differ(folded.states, altered, PAGES) == {sensor}


def test_the_newest_record_is_that_of_the_highest_offset_not_the_last() -> None:
    def at(offset: int, rest: bytes) -> bytes:
        return offset.to_bytes(8, "little", signed=True) + rest

    records = [(b"a", at(5, b"new")), (b"a", at(3, b"zombie")), (b"b", at(1, b"x")), (b"b", None)]
    assert newest(records) == {b"a": at(5, b"new")}
    assert newest([(b"a", at(5, b"first")), (b"a", at(5, b"second"))]) == {b"a": at(5, b"second")}
