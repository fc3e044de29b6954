"""The sensor health event as the public sees it; schemas/sensor_health_record.py writes it fast."""

from typing import Literal

from schemas.wire_types import Instant, Published

HealthState = Literal["ok", "stuck", "clipped", "out_of_range", "silent", "gap", "noisy"]


class SensorHealthChanged(Published):
    """A sensor is in `state` since about `since_ts`; found out at `ts`. Unless ok, it says nothing of its asset."""

    id: str
    type: Literal["SensorHealthChanged"] = "SensorHealthChanged"
    sensor_id: str
    asset_id: str
    sensor_type: str | None = None
    unit: str | None = None
    ts: Instant
    state: HealthState
    since_ts: Instant
    detail: str


def health_id(topic: str, partition: int, offset: int, index: int, state: HealthState) -> str:
    """Return the event id from the reading that completed the change and the state: a replay gives the same."""
    return f"{topic}:{partition}:{offset}:{index}:health:{state}"
