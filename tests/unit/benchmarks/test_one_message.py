"""Rivals do the same work: message by message they find what the batch finds."""

from collections.abc import Iterable

import pytest

from agents.readings import ReadingsPartition
from benchmarks.throughput.load import Load
from benchmarks.throughput.one_message import MessageWork
from schemas.records import RecordColumns
from schemas.topics import ANOMALIES, READINGS

Message = tuple[bytes, bytes, int]


def batched(messages: Iterable[Message]) -> tuple[ReadingsPartition, list[bytes]]:
    partition = ReadingsPartition(READINGS, 0)
    records = [(i, 1_767_225_600_000, key, value) for i, (key, value, _) in enumerate(messages)]
    outputs = partition.apply(RecordColumns.of(READINGS, 0, records)).outputs
    # Windows, relations and sensor health are work that rivals are spared.
    events = [output.value for output in outputs if output.topic == ANOMALIES]
    return partition, [event for event in events if b'"kind":"pattern"' not in event]


@pytest.mark.parametrize("per_message", [1, 10])
def test_events_and_states_are_those_of_the_batch(per_message: int) -> None:
    load = Load(60_000, sensors=20, per_message=per_message, seed=2)
    partition, expected = batched(load.messages())
    work = MessageWork()
    events: list[bytes] = []
    states: dict[str, bytes] = {}
    readings = 0
    for offset, (_, value, _) in enumerate(load.messages()):
        done = work.do(value, 0, offset)
        events += [output.value for output in done.events]
        states.update(done.states)
        readings += done.readings
    assert readings == load.total
    assert events == expected
    assert len(events) >= 2
    assert states == {name: partition.bank.pack(row) for row, name in enumerate(partition.index.names)}
