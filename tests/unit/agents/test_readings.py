"""A partition of readings whose first messages are all refused goes on."""

import json

from agents.readings import ReadingsPartition
from schemas.records import RecordColumns
from schemas.topics import READINGS

NOW_MS = 1_700_000_000_000


def test_a_first_batch_of_nothing_but_refused_messages_brings_dead_letters_alone() -> None:
    partition = ReadingsPartition(READINGS, 0)
    applied = partition.apply(RecordColumns.of(READINGS, 0, [(0, NOW_MS, b"k", b"garbage")]))
    assert applied.refused == {"not_json": 1}
    reading = json.dumps({"sensor_id": "pump/t", "ts": 1_700_000_000, "value": 1.0}).encode()
    assert partition.apply(RecordColumns.of(READINGS, 0, [(1, NOW_MS, b"pump", reading)])).units == 1
