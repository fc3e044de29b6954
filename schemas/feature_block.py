"""The feature block: feature rows of one asset from one source record, as msgpack with float32 values."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, WithJsonSchema

from schemas.anomaly import AnomalySource, Lane
from schemas.anomaly_record import SourceRecord
from schemas.errors import BadDataError
from schemas.wire_types import Published

IMPUTED = 1
"""Flag of a row with imputed samples inside."""
ANOMALY_OPEN = 2
"""Flag of a row while an anomaly of its sensor is open: nothing may learn from it."""
UNHEALTHY_SENSOR = 4
"""Flag of a row whose sensor is not healthy."""
LEARNING = 8
"""Flag of a row whose sensor has not been learned yet."""

_VALUES = {
    "type": "string",
    "contentEncoding": "base64",
    "description": "msgpack bin: float32 little-endian, rows × columns, row after row; NaN where a feature cannot say",
}


class FeatureBlockModel(Published):
    """Features of one asset's windows or blocks that one source record completed: names once, rows as float32.

    `ts_us` and `start_ts_us` are the times of the last and first sample of a row in µs since 1970. Bits of `flags`:
    1 imputed samples inside, 2 anomaly open, 4 sensor not healthy, 8 still learning.
    """

    lane: Lane
    columns: list[str]
    asset_id: str
    sensor_ids: list[str]
    sensor_types: list[str | None]
    ts_us: list[int]
    start_ts_us: list[int]
    flags: list[Annotated[int, Field(ge=0)]]
    source: AnomalySource
    values: Annotated[bytes, WithJsonSchema(_VALUES)]


@dataclass(frozen=True, slots=True)
class FeatureBlock:
    """A decoded block of n rows: names and times of length n, `values` (n, columns) float32."""

    lane: Lane
    columns: tuple[str, ...]
    asset_id: str
    sensor_ids: list[str]
    sensor_types: list[str | None]
    ts_us: NDArray[np.int64]
    start_ts_us: NDArray[np.int64]
    flags: NDArray[np.int64]
    source: SourceRecord
    values: NDArray[np.float32]


class _Rest(msgspec.Struct, gc=False):
    asset_id: str
    sensor_ids: Sequence[str]
    sensor_types: Sequence[str | None]
    ts_us: Sequence[int]
    start_ts_us: Sequence[int]
    flags: Sequence[int]
    source: SourceRecord
    values: bytes


class _Wire(msgspec.Struct):
    lane: Lane
    columns: tuple[str, ...]
    asset_id: str
    sensor_ids: list[str]
    sensor_types: list[str | None]
    ts_us: list[int]
    start_ts_us: list[int]
    flags: list[int]
    source: SourceRecord
    values: bytes


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Wire)
_FIXMAP = 0x80


def encode_feature_block(
    lane: Lane,
    columns: tuple[str, ...],
    *,
    asset_id: str,
    sensor_ids: Sequence[str],
    sensor_types: Sequence[str | None],
    ts_us: Sequence[int],
    start_ts_us: Sequence[int],
    flags: Sequence[int],
    source: SourceRecord,
    values: bytes,
) -> bytes:
    """Return the message of n rows; sequences have length n, `values` are float32 little-endian, row after row.

    Raises ValueError where the lengths differ.
    """
    n = len(sensor_ids)
    fits = len(sensor_types) == len(ts_us) == len(start_ts_us) == len(flags) == n
    if not fits or len(values) != 4 * n * len(columns):
        lengths = {len(sensor_types), len(ts_us), len(start_ts_us), len(flags)}
        raise ValueError(f"{n} rows of {len(columns)} columns were told, lengths {lengths}, {len(values)} bytes")
    rest = _Rest(asset_id, sensor_ids, sensor_types, ts_us, start_ts_us, flags, source, values)
    # Both parts are maps of fewer than 16 entries, whose head is one byte: the first entries are packed but once.
    return first_entries(lane, columns) + _ENCODER.encode(rest)[1:]


@lru_cache(maxsize=64)
def first_entries(lane: Lane, columns: tuple[str, ...]) -> bytes:
    """Return how a block begins: the head of its map, `lane` and `columns`."""
    packed = _ENCODER.encode({"lane": lane, "columns": columns})
    return bytes([_FIXMAP | len(_Wire.__struct_fields__)]) + packed[1:]


def decode_feature_block(message: bytes) -> FeatureBlock:
    """Return the block in a message of the features topic; raises BadDataError where it is none."""
    try:
        wire = _DECODER.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadDataError(f"A message is no feature block: {error}; read the features topic alone.") from None
    n, k = len(wire.sensor_ids), len(wire.columns)
    lengths = {len(wire.sensor_types), len(wire.ts_us), len(wire.start_ts_us), len(wire.flags)}
    if lengths != {n} or len(wire.values) != 4 * n * k:
        raise BadDataError(
            f"A feature block of {n} rows and {k} columns has lists of {sorted(lengths)} and {len(wire.values)} bytes; "
            "send it again from its source."
        )
    try:
        times = [np.array(each, np.int64) for each in (wire.ts_us, wire.start_ts_us, wire.flags)]
    except OverflowError:
        raise BadDataError("A feature block has a time beyond 64 bits; send it again from its source.") from None
    return FeatureBlock(
        lane=wire.lane,
        columns=wire.columns,
        asset_id=wire.asset_id,
        sensor_ids=wire.sensor_ids,
        sensor_types=wire.sensor_types,
        ts_us=times[0],
        start_ts_us=times[1],
        flags=times[2],
        source=wire.source,
        values=np.frombuffer(wire.values, "<f4").astype(np.float32).reshape(n, k),
    )
