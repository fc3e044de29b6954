"""Readings as JSON, many at once: the constant part of each sensor is encoded only once."""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

_encode = msgspec.json.Encoder().encode


def sensor_head(
    sensor_id: str, asset_id: str | None = None, sensor_type: str | None = None, unit: str | None = None
) -> bytes:
    """Return what all readings of a sensor share: everything up to the quote that opens the time."""
    fields = {"sensor_id": sensor_id, "asset_id": asset_id, "sensor_type": sensor_type, "unit": unit}
    return _encode({name: text for name, text in fields.items() if text is not None})[:-1] + b',"ts":"'


def time_texts(ts_us: NDArray[np.int64]) -> list[bytes]:
    """Return `n` times (µs since 1970) as ISO 8601 UTC with microseconds and Z."""
    texts = np.datetime_as_string(ts_us.astype("datetime64[us]"))
    return [text.encode() + b'Z","value":' for text in texts.tolist()]


def value_texts(values: NDArray[np.float64]) -> list[bytes]:
    """Return `n` values in the shortest form that reads back the same; not a number becomes null."""
    return _encode(values.tolist())[1:-1].split(b",") if len(values) else []


def seq_tails(seq: NDArray[np.int64]) -> list[bytes]:
    """Return the last parts of `n` readings that carry a sequence number."""
    return [b',"seq":%d}' % number for number in seq.tolist()]


def join_readings(
    heads: Iterable[bytes], times: Iterable[bytes], values: Sequence[bytes], tails: Iterable[bytes]
) -> list[bytes]:
    """Return `n` readings from their four parts."""
    join = b"".join
    return [join(parts) for parts in zip(heads, times, values, tails, strict=False)]
