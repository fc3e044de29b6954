"""Sensors not heard since a restart fall silent as if there had been none, and only those few are restored for it."""

import json
from typing import Any

import pytest

from agents.options import ReadingsOptions
from agents.outputs import NoSavedState, Output, SavedState
from agents.readings import ReadingsPartition
from connectors.kafka_lane.committed_state import CommittedState
from models.tuning import Tuning
from schemas.records import RecordColumns
from schemas.topics import SENSOR_HEALTH

START_S = 1_767_225_600
OPTIONS = ReadingsOptions(tuning=Tuning(learn_readings=60))
NAMES = [f"pump-{i % 3}/s{9 - i}" for i in range(10)]
STOPPED = NAMES[2:5]


def message(sensor_id: str, second: int) -> bytes:
    unit = "bar" if second < 90 else "kPa"
    reading = {"sensor_id": sensor_id, "ts": START_S + second, "value": second % 7, "unit": unit, "asset_id": "hall"}
    return json.dumps(reading | {"sensor_type": "pressure"}).encode()


def records(start: int, end: int) -> RecordColumns:
    """Seconds `start` to `end`: three sensors stop at 100, a fourth one is not heard from 100 to 115."""
    absent_from = dict.fromkeys(STOPPED, range(100, end)) | {NAMES[9]: range(100, 115)}
    sent = [
        (second * 20 + at, START_S * 1000, b"hall", message(name, second))
        for second in range(start, end)
        for at, name in enumerate(NAMES)
        if second not in absent_from.get(name, ())
    ]
    return RecordColumns.of("t", 0, sent)


def health(outputs: list[Output]) -> list[tuple[Any, ...]]:
    return [(o.topic, o.position, o.key, o.value, tuple(o.headers)) for o in outputs if o.topic == SENSOR_HEALTH]


def run(saved: SavedState, start: int, end: int) -> tuple[ReadingsPartition, list[tuple[Any, ...]]]:
    partition = ReadingsPartition("t", 0, OPTIONS, saved)
    return partition, health(partition.apply(records(start, end)).outputs)


def stored(partition: ReadingsPartition, state: CommittedState) -> CommittedState:
    state.begin(partition.changes(), 1)
    state.commit()
    return state


def test_the_events_of_one_moment_are_in_order_of_names_and_named_apart() -> None:
    _, told = run(NoSavedState(), 0, 200)
    told = [one for one in told if b'"state":"silent"' in one[3]]
    events = [json.loads(value) for _, _, _, value, _ in told]
    assert [event["sensor_id"] for event in events] == sorted(STOPPED)
    assert len({position[:2] for _, position, *_ in told}) == 1
    assert [position[2] for _, position, *_ in told] == [100, 101, 102]
    assert len({event["id"] for event in events}) == 3
    first = events[0]
    assert (first["state"], first["asset_id"], first["unit"]) == ("silent", "hall", "kPa")
    assert first["sensor_type"] == "pressure"
    assert first["detail"].startswith("not heard for 2")
    assert first["since_ts"].startswith("2026-01-01T00:01:40.0")


@pytest.mark.parametrize("cut", [60, 95, 101, 112, 119])
def test_a_restart_changes_nothing(cut: int) -> None:
    whole, expected = run(NoSavedState(), 0, 200)
    before, told_before = run(NoSavedState(), 0, cut)
    state = stored(before, CommittedState())
    # The source was not committed: what is in the state comes again.
    after, told_after = run(state, cut - 10, 200)
    assert told_before + told_after == expected
    stored(after, state)
    assert {key: state.read(key) for key in state} == dict(whole.changes())


def test_one_that_is_silent_already_is_left_asleep() -> None:
    whole, _ = run(NoSavedState(), 0, 200)
    again, told = run(stored(whole, CommittedState()), 200, 400)
    assert told == []
    assert again.sensors == len(NAMES) - len(STOPPED)
