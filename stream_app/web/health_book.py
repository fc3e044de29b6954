"""What is known of the sensors themselves, apart from the machines: who is stuck, silent, noisy."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

HealthState = Literal["ok", "stuck", "clipped", "out_of_range", "silent", "gap", "noisy"]


class SensorHealth(BaseModel):
    """The state of a sensor and since when; `detail` in words or figures, as published."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    sensor_id: str
    asset_id: str
    state: HealthState
    since_ts: str
    detail: str | None = None


class HealthBook:
    """The sensors that are not ok, by asset and id."""

    def __init__(self) -> None:
        self.unhealthy: dict[str, dict[str, SensorHealth]] = {}

    def take(self, message: bytes) -> bool:
        """Take an event of the sensor health topic; what is none changes nothing."""
        try:
            health = SensorHealth.model_validate_json(message)
        except ValidationError:
            return False
        mine = self.unhealthy.setdefault(health.asset_id, {})
        mine.pop(health.sensor_id, None)
        if health.state != "ok":
            mine[health.sensor_id] = health
        elif not mine:
            del self.unhealthy[health.asset_id]
        return True

    def get(self, asset_id: str, sensor_id: str) -> SensorHealth | None:
        """Return what is wrong with a sensor, or None where it is ok or was never judged."""
        return self.unhealthy.get(asset_id, {}).get(sensor_id)
