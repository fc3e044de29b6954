"""Feature blocks: told and read alike, refused where they are none."""

from typing import Any

import msgspec
import numpy as np
import pytest

from schemas.anomaly_record import SourceRecord
from schemas.errors import BadDataError
from schemas.feature_block import FeatureBlockModel, decode_feature_block, encode_feature_block
from schemas.topics import FEATURES, SIGNALS

COLUMNS = ("rms", "kurtosis", "band:0")
SOURCE = SourceRecord(SIGNALS, 3, 17, 17)


def _encoded(n: int = 2, **changed: Any) -> bytes:
    fields: dict[str, Any] = {
        "asset_id": "pump-1",
        "sensor_ids": [f"pump-1/v{i}" for i in range(n)],
        "sensor_types": [None, "vibration"][:n],
        "ts_us": [1_700_000_000_000_000 + i for i in range(n)],
        "start_ts_us": [1_699_999_999_000_000] * n,
        "flags": [8, 2][:n],
        "source": SOURCE,
        "values": np.arange(3.0 * n).reshape(n, 3),
    }
    fields.update(changed)
    fields["values"] = fields["values"].astype("<f4").tobytes()
    return encode_feature_block("signals", COLUMNS, **fields)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_what_is_told_is_read(n: int) -> None:
    values = np.array([[1.5, np.nan, -1e30], [np.inf, 0.0, 1 / 3]])[:n]
    block = decode_feature_block(_encoded(n, values=values))
    assert (block.lane, block.columns, block.asset_id, block.source) == ("signals", COLUMNS, "pump-1", SOURCE)
    assert block.sensor_ids == ["pump-1/v0", "pump-1/v1"][:n]
    assert block.sensor_types == [None, "vibration"][:n]
    assert block.ts_us.tolist() == [1_700_000_000_000_000, 1_700_000_000_000_001][:n]
    assert block.start_ts_us.tolist() == [1_699_999_999_000_000] * n
    assert block.flags.tolist() == [8, 2][:n]
    np.testing.assert_array_equal(block.values, values.astype(np.float32))


def test_the_message_is_one_msgpack_map_in_the_stated_form() -> None:
    told = msgspec.msgpack.decode(_encoded())
    assert list(told) == list(FeatureBlockModel.model_fields)
    assert told["values"] == np.arange(6, dtype="<f4").tobytes()
    FeatureBlockModel.model_validate(told)


def test_unequal_lengths_are_refused_when_told() -> None:
    with pytest.raises(ValueError, match="lengths"):
        _encoded(flags=[0])
    with pytest.raises(ValueError, match="bytes"):
        _encoded(values=np.zeros((2, 4)))


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"{}",
        b"\x80",
        _encoded()[:-1],
        msgspec.msgpack.encode({**msgspec.msgpack.decode(_encoded()), "values": b"\0" * 20}),
        msgspec.msgpack.encode({**msgspec.msgpack.decode(_encoded()), "flags": [1]}),
        msgspec.msgpack.encode({**msgspec.msgpack.decode(_encoded()), "ts_us": [0, 2**63]}),
        msgspec.msgpack.encode({**msgspec.msgpack.decode(_encoded()), "lane": "other"}),
    ],
)
def test_what_is_no_block_is_bad_data(message: bytes) -> None:
    with pytest.raises(BadDataError, match="feature block"):
        decode_feature_block(message)


def test_the_topic_is_told_in_public() -> None:
    from schemas.asyncapi import asyncapi_document

    document = asyncapi_document()
    told = document["components"]["messages"]["FeatureBlock"]
    assert told["contentType"] == "application/msgpack"
    assert "traits" not in told
    assert document["channels"]["features"]["address"] == FEATURES
