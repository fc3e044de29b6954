"""What the drift watch over the fleet reads: closed slots of feature rows, and the words of operators, in one order."""

import msgspec

from schemas.anomaly_record import SourceRecord

KEY = b"drift"
"""Of all these messages: one partition sees every asset, in one order."""


class SensorSlot(msgspec.Struct, array_like=True, frozen=True):
    """A sensor in a closed slot: `mean`, `spread` (sd between rows) are float32 (features,) as bytes, NaN unknown."""

    sensor_id: str
    sensor_type: str | None
    rows: int
    open_rows: int
    unhealthy_rows: int
    mean: bytes
    spread: bytes


class ClosedSlot(msgspec.Struct, frozen=True):
    """A slot of an asset; `relations` are (place of a sensor, place of another, Fisher-transformed correlation)."""

    start_us: int
    end_us: int
    columns: tuple[str, ...]
    sensors: list[SensorSlot]
    relations: list[tuple[int, int, float]]


class SlotMessage(msgspec.Struct, frozen=True, tag="slot"):
    """A closed slot, whose it is, and the records that it was made from."""

    lane: str
    asset_id: str
    slot: ClosedSlot
    source: SourceRecord


class Released(msgspec.Struct, frozen=True, tag="released"):
    """An operator's word on an asset ends its quarantine; `repaired`: it is to be as it was before its fault."""

    asset_id: str
    repaired: bool


DriftMessage = SlotMessage | Released

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(DriftMessage)


def encode_message(message: DriftMessage) -> bytes:
    """Return the message as bytes."""
    return _ENCODER.encode(message)


def decode_message(value: bytes) -> DriftMessage:
    """Return what `encode_message` encoded; msgspec.DecodeError on other bytes."""
    found: DriftMessage = _DECODER.decode(value)
    return found
