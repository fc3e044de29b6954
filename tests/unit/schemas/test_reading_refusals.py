"""Every reason that a readings message can be refused for, and that its neighbours are not disturbed."""

import pytest

from schemas import reading_decoder
from schemas.reading_decoder import DecodedReadings, ReadingDecoder
from schemas.records import RecordColumns
from schemas.refusal import REASONS
from schemas.sensor_index import SensorIndex

NOW_MS = 1_767_323_045_000
GOOD = b'{"sensor_id":"good/temp","ts":1767323045,"value":1.5}'


def _decode(*messages: tuple[bytes | None, bytes | None], require_asset_key: bool = False) -> DecodedReadings:
    decoder = ReadingDecoder(SensorIndex(), max_message_bytes=100_000, require_asset_key=require_asset_key)
    records = [(100 + i, NOW_MS, key, value) for i, (key, value) in enumerate(messages)]
    return decoder.decode(RecordColumns.of("t", 0, records))


ELEMENTS = [
    ("not_utf8", b'{"sensor_id":"a\xff","ts":1,"value":1}'),
    ("not_json", b'{"sensor_id":"a","ts":1,"value":1,}'),
    ("not_json", b'{"sensor_id":"a","ts":1,"value":01}'),
    ("not_json", b'{"sensor_id":"a\\ud800","ts":1,"value":1}'),
    ("wrong_shape", b"17"),
    ("wrong_shape", b'"text"'),
    ("wrong_shape", b"null"),
    ("missing_field", b"{}"),
    ("missing_field", b'{"ts":1,"value":1}'),
    ("missing_field", b'{"sensor_id":"","ts":1,"value":1}'),
    ("missing_field", b'{"sensor_id":"a","value":1}'),
    ("missing_field", b'{"sensor_id":"a","ts":1}'),
    ("wrong_type", b'{"sensor_id":7,"ts":1,"value":1}'),
    ("wrong_type", b'{"sensor_id":null,"ts":1,"value":1}'),
    ("wrong_type", b'{"sensor_id":"a","ts":null,"value":1}'),
    ("wrong_type", b'{"sensor_id":"a","ts":true,"value":1}'),
    ("wrong_type", b'{"sensor_id":"a","ts":1,"value":"1"}'),
    ("wrong_type", b'{"sensor_id":"a","ts":1,"value":true}'),
    ("wrong_type", b'{"sensor_id":"a","ts":1,"value":1,"seq":1.0}'),
    ("wrong_type", b'{"sensor_id":"a","ts":1,"value":1,"seq":-1}'),
    ("wrong_type", b'{"sensor_id":"a","ts":1,"value":1,"quality":"great"}'),
    ("wrong_type", b'{"sensor_id":"a","ts":1,"value":1,"unit":5}'),
    ("wrong_type", b'{"sensor_id":"' + b"a" * 513 + b'","ts":1,"value":1}'),
    ("not_finite", b'{"sensor_id":"a","ts":1,"value":NaN}'),
    ("not_finite", b'{"sensor_id":"a","ts":1,"value":-Infinity}'),
    ("not_finite", b'{"sensor_id":"a","ts":1,"value":1e999}'),
    ("bad_time", b'{"sensor_id":"a","ts":-1,"value":1}'),
    ("bad_time", b'{"sensor_id":"a","ts":"2026-01-02","value":1}'),
    ("bad_time", b'{"sensor_id":"a","ts":NaN,"value":1}'),
    ("future_time", b'{"sensor_id":"a","ts":1767323346,"value":1}'),
]
MESSAGES = [
    *ELEMENTS,
    ("empty", None),
    ("empty", b""),
    ("empty", b" \r\n"),
    ("too_large", b"[" + b" " * 100_000 + b"]"),
    ("not_json", b'[{"sensor_id":"a","ts":1,"value":1}'),
    ("not_json", b"[" * 5000),
    ("not_json", b'{"sensor_id":"a",\n"ts":1,\n"value":oops\n}'),
]


@pytest.mark.parametrize(("reason", "value"), MESSAGES)
def test_a_bad_message_between_good_ones(reason: str, value: bytes | None) -> None:
    decoded = _decode((None, GOOD), (None, value), (None, GOOD))
    assert [(refusal.record, refusal.index, refusal.reason) for refusal in decoded.refused] == [(1, 0, reason)]
    assert decoded.refused[0].value == (None if value is None else value)
    assert decoded.refused[0].detail
    assert decoded.columns.record.tolist() == [0, 2]


@pytest.mark.parametrize(("reason", "element"), ELEMENTS)
def test_a_bad_element_between_good_ones_in_an_array(reason: str, element: bytes) -> None:
    decoded = _decode((None, b"[" + GOOD + b", " + element + b"," + GOOD + b"]"))
    assert [(refusal.index, refusal.reason, refusal.value) for refusal in decoded.refused] == [(1, reason, element)]
    assert decoded.columns.index.tolist() == [0, 2]


@pytest.mark.parametrize(("reason", "element"), ELEMENTS)
def test_a_bad_line_between_good_ones(reason: str, element: bytes) -> None:
    decoded = _decode((None, GOOD + b"\n" + element + b"\r\n\n" + GOOD + b"\n"))
    assert [(refusal.index, refusal.reason, refusal.value) for refusal in decoded.refused] == [(1, reason, element)]
    assert decoded.columns.index.tolist() == [0, 2]


def test_a_key_that_is_no_text() -> None:
    decoded = _decode((b"\xff", GOOD), (b"good", GOOD))
    assert [refusal.reason for refusal in decoded.refused] == ["not_utf8"]
    assert decoded.columns.record.tolist() == [1]


@pytest.mark.parametrize("key", [None, b"", b"goo", b"good/temp", b"other"])
def test_a_key_that_is_not_the_asset(key: bytes | None) -> None:
    assert not _decode((key, GOOD)).refused
    refused = _decode((key, GOOD), require_asset_key=True).refused
    assert [refusal.reason for refusal in refused] == ["key_mismatch"]


@pytest.mark.parametrize(
    ("key", "reading"),
    [
        ("good", GOOD.decode()),
        ("hall 1", '{"sensor_id":"a/b","asset_id":"hall 1","ts":1,"value":1}'),
        ("/a/b", '{"sensor_id":"/a/b","ts":1,"value":1}'),
        ("a", '{"sensor_id":"a/b","asset_id":"","ts":1,"value":1}'),
        ("ä", '{"sensor_id":"\\u00e4/b","ts":1,"value":1}'),
        ("a\\b", '{"sensor_id":"a\\\\b","ts":1,"value":1}'),
    ],
)
def test_a_key_that_is_the_asset(key: str, reading: str) -> None:
    decoded = _decode((key.encode(), reading.encode()), require_asset_key=True)
    assert not decoded.refused
    assert len(decoded.columns) == 1


def test_an_escaped_asset_is_compared_as_text() -> None:
    reading = b'{"sensor_id":"s","asset_id":"a\\\\\\\\b","ts":1,"value":1}'
    assert _decode((b"a\\\\\\\\b", reading), require_asset_key=True).refused[0].reason == "key_mismatch"
    assert not _decode((b"a\\\\b", reading), require_asset_key=True).refused


def test_a_defect_of_ours_keeps_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: bytes) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(reading_decoder, "read_message", broken)
    decoded = _decode((None, GOOD), (None, b"{}"))
    assert [(refusal.reason, refusal.detail, refusal.value) for refusal in decoded.refused] == [
        ("internal", "RuntimeError: boom", b"{}")
    ]
    assert len(decoded.columns) == 1


def test_every_reason_of_json_input_is_covered() -> None:
    seen = {reason for reason, _ in MESSAGES} | {"key_mismatch", "internal"}
    assert set(REASONS) - seen == {"not_msgpack", "unsupported_format"}


@pytest.mark.parametrize(
    "hostile",
    [
        b'["' + b'\\"' * 400_000,
        b"[" + b'{"":' * 200_000,
        b'[{"a":"' * 100_000,
        b"[NaN" + b",{}" * 100_000,
        b'["' * 300_000,
    ],
)
@pytest.mark.timeout(20)
def test_hostile_messages_cost_linear_time(hostile: bytes) -> None:
    decoder = ReadingDecoder(SensorIndex(), max_message_bytes=2_000_000)
    assert decoder.decode(RecordColumns.of("t", 0, [(0, 0, None, hostile)])).refused
