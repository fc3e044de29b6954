"""What we publish: the fast records equal the public models, ids come from places, headers are CloudEvents."""

import json
from math import inf, nan

import msgspec
import pytest
from jsonschema import Draft202012Validator

from schemas import cloudevents
from schemas.anomaly import AnomalyCleared, AnomalyRaised, anomaly_id, cleared_id, raised_id
from schemas.anomaly_record import (
    AnomalyRecord,
    ClearedRecord,
    FeatureRecord,
    ModelRecord,
    RaisedRecord,
    SourceRecord,
    ce_type,
    decode,
    encode,
)
from schemas.dead_letter import decode_dead_letter, encode_dead_letter
from schemas.errors import BadDataError
from schemas.jsonschema import json_schemas
from schemas.late import LateReading, encode_late, late_id
from schemas.reading_decoder import ReadingDecoder
from schemas.records import RecordColumns
from schemas.sensor_index import SensorIndex

AT = "2026-01-02T03:04:05.678901Z"
CONTRACT_FIELDS = {
    "id", "type", "anomaly_id", "kind", "lane", "asset_id", "sensor_id", "sensor_type", "ts", "start_ts", "value",
    "expected", "score", "grade", "threshold", "p_value", "confidence", "features", "model", "detectors", "source",
}  # fmt: skip


def _anomaly(cleared: bool, value: float | None = 1.5) -> AnomalyRecord:
    anomaly = anomaly_id("pdm.readings.v1", 3, 42, 7, "novelty")
    shared = {
        "anomaly_id": anomaly,
        "kind": "novelty",
        "lane": "readings",
        "asset_id": "p",
        "sensor_id": "p/t",
        "sensor_type": None,
        "unit": "°C",
        "ts": AT,
        "start_ts": AT,
        "value": value,
        "expected": 1.0,
        "low": 0.5,
        "high": inf,
        "score": 0.9,
        "grade": 0.8,
        "threshold": 0.32,
        "p_value": 0.001,
        "confidence": 0.7,
        "features": [FeatureRecord("rolling_mean_5", 1.5, 1.0, 0.6, "high")],
        "model": ModelRecord("novelty", "1"),
        "detectors": {"novelty": 0.9, "robust_z": nan},
        "source": SourceRecord("pdm.readings.v1", 3, 40, 42),
    }
    if cleared:
        return ClearedRecord(id=cleared_id(anomaly), end_ts=AT, **shared)  # type: ignore[arg-type]
    return RaisedRecord(id=raised_id(anomaly), **shared)  # type: ignore[arg-type]


@pytest.mark.parametrize("cleared", [False, True])
def test_record_and_model_are_twins(cleared: bool) -> None:
    record = _anomaly(cleared)
    message = encode(record)
    fields = json.loads(message)
    model = (AnomalyCleared if cleared else AnomalyRaised).model_validate_json(message, strict=True)
    assert model.model_dump(mode="json") == fields
    assert fields.keys() >= CONTRACT_FIELDS | ({"end_ts"} if cleared else set())
    Draft202012Validator(json_schemas()[fields["type"]]).validate(fields)
    assert encode(decode(message)) == message
    assert ce_type(record) == ("pdm.anomaly.cleared.v1" if cleared else "pdm.anomaly.raised.v1")


def test_what_is_not_finite_is_written_as_null() -> None:
    fields = json.loads(encode(_anomaly(cleared=False, value=nan)))
    assert (fields["value"], fields["high"], fields["detectors"]["robust_z"]) == (None, None, None)


def test_ids_come_from_the_place() -> None:
    assert _anomaly(cleared=False).id == "pdm.readings.v1:3:42:7:novelty:raised"
    assert _anomaly(cleared=True).id == "pdm.readings.v1:3:42:7:novelty:cleared"
    assert late_id("t", 1, 2, 3) == "t:1:2:3:late"


@pytest.mark.parametrize(("key", "value"), [(None, None), (b"", b""), (b"k\xff", b"\x00\xff{")])
def test_dead_letters_come_back(key: bytes | None, value: bytes | None) -> None:
    message, letter_id = encode_dead_letter(
        "t", 1, 2, 3, 10**15, "not_json", "decode", "bad", key, value, headers=[(b"seq", b"7"), (b"none", None)]
    )
    letter = decode_dead_letter(message)
    assert letter_id == letter.id == "t:1:2:3:dead"
    assert (letter.key, letter.value, letter.truncated) == (key, value, False)
    assert letter.headers == [("seq", b"7"), ("none", None)]
    assert (letter.source.topic, letter.source.partition, letter.source.offset, letter.source.index) == ("t", 1, 2, 3)
    Draft202012Validator(json_schemas()["DeadLettered"]).validate(json.loads(message))


def test_long_dead_letters_are_cut_and_say_so() -> None:
    message, _ = encode_dead_letter("t", 0, 0, 0, 0, "too_large", "decode", "x" * 9999, b"k", b"v" * 101, max_bytes=100)
    letter = decode_dead_letter(message)
    assert letter.truncated
    assert letter.value == b"v" * 100
    assert len(letter.detail) == 500


@pytest.mark.parametrize("message", [b"", b"{}", b"[]", b"\xff", b'{"id":1}'])
def test_what_is_no_dead_letter_is_named(message: bytes) -> None:
    with pytest.raises(BadDataError, match=r"pdm\.dead_letters\.v1"):
        decode_dead_letter(message)


def test_headers() -> None:
    headers = cloudevents.headers("a:ä", "pdm.anomaly.raised.v1", "pdm.readings.v1", 1_767_323_045_678_901)
    assert dict(headers) == {
        "ce_specversion": b"1.0",
        "ce_id": "a:ä".encode(),
        "ce_type": b"pdm.anomaly.raised.v1",
        "ce_source": b"pdm.readings.v1",
        "ce_time": AT.encode(),
        "content-type": b"application/json",
    }


def test_a_late_reading_is_the_reading_and_its_lateness() -> None:
    index = SensorIndex()
    full = {"sensor_id": "p/t", "ts": AT, "value": 2.5, "asset_id": "q", "sensor_type": "T", "unit": "°C", "seq": 4}
    bare = {"sensor_id": "p/t", "ts": 1_767_323_045, "value": None}
    values = [msgspec.json.encode(fields) for fields in (full, bare)]
    columns = (
        ReadingDecoder(index).decode(RecordColumns.of("t", 0, [(i, -1, None, v) for i, v in enumerate(values)])).columns
    )
    late = [json.loads(encode_late(columns, k, index, 12.5)) for k in range(2)]
    assert late[0] == full | {"quality": "good", "late_by_s": 12.5}
    assert late[1] == {
        "sensor_id": "p/t",
        "ts": "2026-01-02T03:04:05.000000Z",
        "value": None,
        "asset_id": "p",
        "quality": "good",
        "late_by_s": 12.5,
    }
    for fields in late:
        LateReading.model_validate_json(json.dumps(fields))
        Draft202012Validator(json_schemas()["LateReading"]).validate(fields)
