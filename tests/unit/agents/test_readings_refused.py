"""A partition whose first records are all refused goes on."""

from agents.readings import ReadingsPartition
from schemas.records import RecordColumns
from schemas.topics import DEAD_LETTERS, READINGS


def test_a_first_batch_of_refused_records() -> None:
    partition = ReadingsPartition(READINGS, 0)
    applied = partition.apply(RecordColumns.of(READINGS, 0, [(0, 1_700_000_000_000, b"k", b"{}")]))
    assert [output.topic for output in applied.outputs] == [DEAD_LETTERS]
    good = b'{"sensor_id": "a/x", "ts": 1700000000, "value": 1.0}'
    assert partition.apply(RecordColumns.of(READINGS, 0, [(1, 1_700_000_000_000, b"k", good)])).units == 1
