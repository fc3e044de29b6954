"""The internal message between the two steps of the drift watch: a closed slot of one asset's feature rows."""

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


class SlotMessage(msgspec.Struct, frozen=True):
    """A closed slot, whose it is, and the records that it was made from."""

    lane: str
    asset_id: str
    slot: ClosedSlot
    source: SourceRecord


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(SlotMessage)


def encode_slot(message: SlotMessage) -> bytes:
    """Return the message as bytes."""
    return _ENCODER.encode(message)


def decode_slot(value: bytes) -> SlotMessage:
    """Return what `encode_slot` encoded; msgspec.DecodeError on other bytes."""
    return _DECODER.decode(value)
