"""Messages go on under the key of their asset; only mixed ones are taken apart."""

import json

from agents.options import ReadingsOptions
from agents.repartition import RepartitionPartition
from schemas.records import RecordColumns
from schemas.sensor_index import SensorIndex
from schemas.topics import DEAD_LETTERS


def reading(sensor_id: str, **more: object) -> dict[str, object]:
    return {"sensor_id": sensor_id, "ts": 1_767_225_600, "value": 1.5, **more}


def repartition(*values: bytes) -> list[tuple[str, bytes | None, bytes, tuple[int, int, int]]]:
    partition = RepartitionPartition("by-asset", ReadingsOptions().decoder(SensorIndex()))
    records = RecordColumns.of("t", 0, [(10 + i, 1_767_225_600_000, b"any", v) for i, v in enumerate(values)])
    return [(o.topic, o.key, o.value, o.position) for o in partition.apply(records).outputs]


def test_a_message_of_one_asset_is_passed_on_byte_for_byte() -> None:
    one = b'{ "sensor_id" : "a/1", "ts": 1767225600, "value": 1.5, "note": "kept" }'
    array = json.dumps([reading("b/1"), reading("b/2")]).encode()
    assert repartition(one, array) == [
        ("by-asset", b"a", one, (10, 0, 0)),
        ("by-asset", b"b", array, (11, 0, 0)),
    ]


def test_a_mixed_message_is_split_in_order() -> None:
    elements = [reading("a/1"), reading("b/1"), reading("c", asset_id="a")]
    found = repartition(json.dumps(elements).encode())
    assert [(key, json.loads(value)["sensor_id"], position) for _, key, value, position in found] == [
        (b"a", "a/1", (10, 0, 0)),
        (b"b", "b/1", (10, 1, 0)),
        (b"a", "c", (10, 2, 0)),
    ]


def test_what_is_refused_goes_to_the_dead_letters_and_no_further() -> None:
    mixed = json.dumps([reading("a/1"), {"sensor_id": 7}, reading("a/2")]).encode()
    found = repartition(mixed, b"{", b"")
    assert [(topic, position) for topic, _, _, position in found] == [
        ("by-asset", (10, 0, 0)),
        (DEAD_LETTERS, (10, 1, 0)),
        ("by-asset", (10, 2, 0)),
        (DEAD_LETTERS, (11, 0, 0)),
        (DEAD_LETTERS, (12, 0, 0)),
    ]
