"""The sensor health event as a plain record that encodes in a microsecond: the twin of schemas/sensor_health.py."""

import msgspec

from schemas.sensor_health import HealthState

CE_TYPE = "pdm.sensor_health.changed.v1"


class HealthRecord(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="SensorHealthChanged"):
    """Twin of SensorHealthChanged."""

    id: str
    sensor_id: str
    asset_id: str
    sensor_type: str | None
    unit: str | None
    ts: str
    state: HealthState
    since_ts: str
    detail: str


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(HealthRecord)


def encode(event: HealthRecord) -> bytes:
    """Return a sensor health event as JSON."""
    return _ENCODER.encode(event)


def decode(message: bytes) -> HealthRecord:
    """Return the event in a JSON message of the sensor health topic; msgspec.DecodeError where it is none."""
    event: HealthRecord = _DECODER.decode(message)
    return event
