"""What the drift watch over the fleet reads, in one order: slots, the words of operators, alarms, models in service."""

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


class Labelled(msgspec.Struct, frozen=True, tag="labelled"):
    """An operator's word on a range of time of an asset, or of one of its sensors."""

    asset_id: str
    sensor_id: str | None
    label: str
    start_us: int
    end_us: int


class Alarmed(msgspec.Struct, frozen=True, tag="alarmed"):
    """A version of a trained model raised an anomaly, or with `end_us` cleared it."""

    model: str
    version: str
    anomaly_id: str
    asset_id: str
    sensor_id: str
    start_us: int
    end_us: int | None


class InService(msgspec.Struct, frozen=True, tag="in_service"):
    """A version became the champion of a model."""

    model: str
    version: str
    since_us: int


DriftMessage = SlotMessage | Released | Labelled | Alarmed | InService

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(DriftMessage)


def encode_message(message: DriftMessage) -> bytes:
    """Return the message as bytes."""
    return _ENCODER.encode(message)


def decode_message(value: bytes) -> DriftMessage:
    """Return what `encode_message` encoded; msgspec.DecodeError on other bytes."""
    found: DriftMessage = _DECODER.decode(value)
    return found
