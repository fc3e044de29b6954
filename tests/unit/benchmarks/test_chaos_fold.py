"""The judge's own fold, and how it holds states against each other."""

from itertools import islice

import pytest

from agents.options import ReadingsOptions
from agents.readings import ReadingsPartition
from agents.state_keys import hot_key
from benchmarks.chaos.fold import Folded, SourceRecord, fold
from benchmarks.chaos.load import ChaosLoad
from benchmarks.chaos.states import differing_keys, recovered
from benchmarks.chaos.verdict import count_events
from connectors.kafka_lane.committed_state import MARK_KEY, CommittedState
from models.tuning import Tuning
from schemas.records import RecordColumns
from schemas.topics import ANOMALIES, DEAD_LETTERS, FEATURES, LATE, READINGS

OPTIONS = ReadingsOptions(tuning=Tuning(grace_s=3.0, learn_readings=60))
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


Changelog = list[tuple[int, bytes, bytes | None]]


@pytest.fixture(scope="module")
def changelog(source: dict[int, list[SourceRecord]]) -> Changelog:
    """What a worker that checkpoints every 700 records would have written."""
    written: Changelog = []
    for number, records in source.items():
        worker, state = ReadingsPartition(READINGS, number, OPTIONS), CommittedState()
        for start in range(0, len(records), CHECKPOINT_EVERY):
            worker.apply(RecordColumns.of(READINGS, number, records[start : start + CHECKPOINT_EVERY]))
            begun, mark = state.begin(worker.changes(), now_ms=1)
            written += [(number, *record) for record in [*begun, (MARK_KEY, mark)]]
            state.commit()
    return written


def test_the_load_leads_to_every_kind_of_event(folded: Folded) -> None:
    assert {topic for topic, _ in folded.events} >= {ANOMALIES, FEATURES, LATE, DEAD_LETTERS}
    assert folded.readings > 8000
    assert folded.sensors >= 20


def test_the_pieces_do_not_matter(source: dict[int, list[SourceRecord]], folded: Folded) -> None:
    other = fold(READINGS, source, OPTIONS, seed=2)
    counts = count_events(folded.events, other.events.items())
    assert (counts.lost, counts.wrong) == (0, 0), counts.examples
    assert differing_keys(folded.states, other.states) == set()


def test_checkpointed_state_equals_the_fold(folded: Folded, changelog: Changelog) -> None:
    assert differing_keys(folded.states, recovered(changelog)) == set()


def test_a_checkpoint_without_its_mark_is_found(folded: Folded, changelog: Changelog) -> None:
    assert changelog[-1][1] == MARK_KEY
    behind = recovered(changelog[:-1])
    start = max(i for i, (_, key, _) in enumerate(changelog[:-1]) if key == MARK_KEY) + 1
    in_the_last = {(number, key[:-1]) for number, key, _ in changelog[start:-1]}
    hot = {key for key in in_the_last if key[1][:1] != b"\0"}
    assert set() < hot <= differing_keys(folded.states, behind) <= in_the_last


def test_a_changed_byte_a_missing_and_a_foreign_key_are_found(folded: Folded) -> None:
    keys = sorted(folded.states)
    altered = dict(folded.states)
    state = bytearray(altered[keys[0]])
    state[-1] ^= 1
    altered[keys[0]] = bytes(state)
    del altered[keys[1]]
    foreign = (0, hot_key("foreign/sensor"))
    altered[foreign] = altered[keys[2]]
    assert differing_keys(folded.states, altered) == {keys[0], keys[1], foreign}
