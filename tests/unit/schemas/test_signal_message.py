"""Signal blocks in msgpack and JSON, and every reason that one is refused for."""

import json
from base64 import b64encode
from typing import Any

import msgspec
import numpy as np
import pytest
from pydantic import ValidationError

from schemas.records import RecordColumns
from schemas.signal import SignalBlock, SignalBlockModel
from schemas.signal_message import decode_signals

NOW_MS = 1_767_323_045_000
BLOCK: dict[str, Any] = {"sensor_id": "p/vib", "ts": 1_767_323_045, "rate_hz": 25_600, "samples": [0.5, -1, 2]}
WAVE = np.array([0.5, -1, 2], "<f4")


def _one(message: bytes | None) -> SignalBlock | tuple[str, bytes | None]:
    good = msgspec.msgpack.encode(BLOCK)
    records: list[tuple[int, int, bytes | None, bytes | None]] = [
        (i, NOW_MS, b"p", value) for i, value in enumerate((good, message, good))
    ]
    blocks, refused = decode_signals(RecordColumns.of("t", 0, records), max_message_bytes=10_000)
    assert [block.record for block in blocks if block.record != 1] == [0, 2]
    if refused:
        assert [(refusal.record, refusal.index) for refusal in refused] == [(1, 0)]
        return refused[0].reason, refused[0].value
    return blocks[1]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"ts": "2026-01-02T03:04:05Z"},
        {"samples": WAVE.tobytes()},
        {"samples": WAVE.tobytes(), "dtype": "f4"},
        {"samples": np.array([1, -2, 4], "<i2").tobytes(), "dtype": "i2", "scale": 0.5},
        {"samples": [1, -2, 4], "scale": 0.5},
        {"asset_id": None, "unit": None, "seq": None, "dtype": None, "scale": None, "else": {"a": 1}},
    ],
)
def test_the_same_block_in_many_spellings(change: dict[str, Any]) -> None:
    fields = BLOCK | change
    # msgspec writes bytes as base64 in JSON.
    for message in (msgspec.msgpack.encode(fields), msgspec.json.encode(fields), b" \n" + msgspec.json.encode(fields)):
        block = _one(message)
        assert isinstance(block, SignalBlock)
        assert (block.sensor_id, block.asset_id, block.ts_us) == ("p/vib", "p", NOW_MS * 1000)
        assert (block.rate_hz, block.unit, block.seq) == (25_600.0, None, -1)
        assert block.samples.dtype == np.float32
        np.testing.assert_array_equal(block.samples, WAVE)


def test_optional_fields() -> None:
    block = _one(msgspec.msgpack.encode(BLOCK | {"asset_id": "q", "unit": "g", "seq": 9, "speed_rpm": 1480}))
    assert isinstance(block, SignalBlock)
    assert (block.asset_id, block.unit, block.seq, block.speed_rpm) == ("q", "g", 9, 1480.0)


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("missing_field", {"sensor_id": ""}),
    ("wrong_type", {"speed_rpm": -1}),
    ("wrong_type", {"speed_rpm": "1500"}),
    ("wrong_type", {"sensor_id": 1}),
    ("wrong_type", {"ts": None}),
    ("bad_time", {"ts": "today"}),
    ("future_time", {"ts": 1_767_323_346}),
    ("wrong_type", {"rate_hz": 0}),
    ("wrong_type", {"rate_hz": "1"}),
    ("wrong_type", {"samples": {}}),
    ("wrong_type", {"samples": "no base64"}),
    ("wrong_type", {"samples": [1, None]}),
    ("wrong_type", {"samples": [True]}),
    ("wrong_shape", {"samples": []}),
    ("wrong_shape", {"samples": b""}),
    ("wrong_shape", {"samples": [[1.0], [2.0]]}),
    ("wrong_shape", {"samples": b"12345"}),
    ("not_finite", {"samples": [1e300]}),
    ("not_finite", {"samples": [1.0], "scale": 1e200}),
    ("not_finite", {"samples": np.array([np.nan], "<f4").tobytes()}),
    ("unsupported_format", {"samples": b"12345678", "dtype": "f8"}),
    ("wrong_type", {"seq": 1.5}),
    ("wrong_type", {"scale": "2"}),
]


@pytest.mark.parametrize(("reason", "change"), REFUSED)
def test_bad_fields(reason: str, change: dict[str, Any]) -> None:
    for encode in (msgspec.msgpack.encode, msgspec.json.encode):
        message = encode(BLOCK | change)
        assert _one(message) == (reason, message)


@pytest.mark.parametrize("name", ["sensor_id", "ts", "rate_hz", "samples"])
def test_missing_fields(name: str) -> None:
    message = msgspec.msgpack.encode({key: value for key, value in BLOCK.items() if key != name})
    assert _one(message) == ("missing_field", message)


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("empty", None),
        ("empty", b""),
        ("too_large", b" " * 10_001),
        ("not_msgpack", b"\xc1"),
        ("not_msgpack", msgspec.msgpack.encode(BLOCK)[:-1]),
        ("not_msgpack", b"\x81\x81\x01\x02\x03"),
        ("not_msgpack", b"\xdf\xff\xff\xff\xff"),
        ("not_msgpack", b"\x91" * 9000),
        ("not_utf8", b"\x81\xa1\xff\x01"),
        ("not_utf8", b'{"sensor_id":"\xff"}'),
        ("not_json", json.dumps(BLOCK).encode()[:-1]),
        ("wrong_shape", b"[]"),
        ("wrong_shape", b"\x93\x01\x02\x03"),
        ("not_finite", b'{"sensor_id":"a","ts":1,"rate_hz":NaN,"samples":[1]}'),
        ("not_finite", b'{"sensor_id":"a","ts":1,"rate_hz":1,"samples":[NaN]}'),
    ],
)
def test_bad_messages(reason: str, message: bytes | None) -> None:
    assert _one(message) == (reason, message)


def test_keys() -> None:
    message = msgspec.msgpack.encode(BLOCK)
    records = RecordColumns.of(
        "t", 0, [(0, NOW_MS, b"\xff", message), (1, NOW_MS, b"q", message), (2, NOW_MS, b"p", message)]
    )
    assert [refusal.reason for refusal in decode_signals(records)[1]] == ["not_utf8"]
    strict = decode_signals(records, require_asset_key=True)
    assert [refusal.reason for refusal in strict[1]] == ["not_utf8", "key_mismatch"]
    assert len(strict[0]) == 1


def test_the_public_model_agrees() -> None:
    as_text = {"samples": b64encode(WAVE.tobytes()).decode()}
    for change in ({}, as_text, {"samples": WAVE.tobytes()}, {"dtype": "i2", "samples": b"12"}):
        SignalBlockModel.model_validate(BLOCK | change)
    beyond_fields = {"future_time"}
    for reason, change in REFUSED:
        if reason in beyond_fields:
            continue
        with pytest.raises(ValidationError):
            SignalBlockModel.model_validate(BLOCK | change)
