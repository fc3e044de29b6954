"""What a challenger said beside the champion, of the rows of one asset from one source record: compact, as msgpack."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, WithJsonSchema

from schemas.anomaly import AnomalyModel, AnomalySource, Lane
from schemas.anomaly_record import ModelRecord, SourceRecord
from schemas.errors import BadDataError
from schemas.wire_types import Published

_P_VALUES = {
    "type": "string",
    "contentEncoding": "base64",
    "description": "msgpack bin: float32 little-endian, a p-value a row; NaN where a model could not say",
}
DEFAULT_WEIGHT, DEFAULT_MEMBERS = 0.2, 5
"""Of a champion beside the four detectors of the readings lane, where a message does not say."""

P_COLUMNS = ("p_values", "champion_p_values", "challenger_p_values")


class ShadowBlockModel(Published):
    """p-values of feature rows: of all detectors in service together, of the champion alone, of the challenger alone.

    `ts_us` are the times of the last samples in µs since 1970; `flags` are those of the feature block;
    `champion_weight` is the champion's part of the combination of so many `members`, or what it would be where there is
    none.
    """

    lane: Lane
    asset_id: str
    champion: AnomalyModel | None
    challenger: AnomalyModel
    sensor_ids: list[str]
    ts_us: list[int]
    flags: list[int]
    source: AnomalySource
    champion_weight: Annotated[float, Field(gt=0, le=1)] = DEFAULT_WEIGHT
    members: Annotated[int, Field(ge=1)] = DEFAULT_MEMBERS
    p_values: Annotated[bytes, WithJsonSchema(_P_VALUES)]
    champion_p_values: Annotated[bytes, WithJsonSchema(_P_VALUES)]
    challenger_p_values: Annotated[bytes, WithJsonSchema(_P_VALUES)]


class _Wire(msgspec.Struct):
    lane: Lane
    asset_id: str
    champion: ModelRecord | None
    challenger: ModelRecord
    sensor_ids: list[str]
    ts_us: list[int]
    flags: list[int]
    source: SourceRecord
    p_values: bytes
    champion_p_values: bytes
    challenger_p_values: bytes
    champion_weight: float = DEFAULT_WEIGHT
    members: int = DEFAULT_MEMBERS


@dataclass(frozen=True, slots=True)
class ShadowBlock:
    """A decoded block of n rows; `p_values` (3, n) float32 in the order of P_COLUMNS."""

    lane: Lane
    asset_id: str
    champion: ModelRecord | None
    challenger: ModelRecord
    sensor_ids: list[str]
    ts_us: NDArray[np.int64]
    flags: NDArray[np.int64]
    source: SourceRecord
    champion_weight: float
    members: int
    p_values: NDArray[np.float32]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Wire)


def encode_shadow_block(block: ShadowBlock) -> bytes:
    """Return the message of a block."""
    together, champion, challenger = (row.tobytes() for row in block.p_values.astype("<f4"))
    wire = _Wire(
        block.lane, block.asset_id, block.champion, block.challenger, block.sensor_ids, block.ts_us.tolist(),
        block.flags.tolist(), block.source, together, champion, challenger, block.champion_weight, block.members,
    )  # fmt: skip
    return _ENCODER.encode(wire)


def decode_shadow_block(message: bytes) -> ShadowBlock:
    """Return the block in a message of the shadow topic; raises BadDataError where it is none."""
    try:
        wire = _DECODER.decode(message)
        n = len(wire.sensor_ids)
        p_values = np.stack([np.frombuffer(getattr(wire, name), "<f4") for name in P_COLUMNS]).astype(np.float32)
        times, flags = np.array(wire.ts_us, np.int64), np.array(wire.flags, np.int64)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise BadDataError(f"A message is no shadow block: {error}; read the shadow topic alone.") from None
    if {len(times), len(flags), p_values.shape[1]} != {n}:
        raise BadDataError(f"A shadow block of {n} rows has lists of other lengths; send it again from its source.")
    return ShadowBlock(
        wire.lane, wire.asset_id, wire.champion, wire.challenger, wire.sensor_ids, times, flags, wire.source,
        wire.champion_weight, wire.members, p_values,
    )  # fmt: skip
