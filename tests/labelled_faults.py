"""A champion's alarms on a pump, one an hour, and what an operator says of the same hours."""

import json

from schemas.model_events import ModelPromoted
from schemas.times import format_time
from tests.e2e.readings import START_S


def at(number: int, seconds: float = 0.0) -> str:
    """The time of the nth fault, an hour after the last."""
    return format_time(round((START_S + 3_600 * (number + 1) + seconds) * 1e6))


def model(sensor_type: str) -> str:
    return f"pdm.readings.{sensor_type}"


def promoted(version: str, sensor_type: str = "temperature") -> bytes:
    """The version serves since an hour before the first fault."""
    event = ModelPromoted(
        id=version, model=model(sensor_type), version=version, ts=at(-1), previous_version=None, by="gate",
        mode="automatic", reason="",
    )  # fmt: skip
    return event.model_dump_json().encode()


def raised(number: int, version: str, sensor_type: str = "temperature", kind: str = "pattern") -> bytes:
    """The version raised an anomaly a minute into the nth fault."""
    event: dict[str, object] = {
        "type": "AnomalyRaised", "id": f"{number}-{version}:raised", "anomaly_id": f"{number}-{version}-{sensor_type}",
        "kind": kind, "lane": "readings", "asset_id": "pump-1", "sensor_id": f"pump-1/{sensor_type}",
        "sensor_type": sensor_type, "unit": None, "ts": at(number, 90), "start_ts": at(number, 60), "value": None,
        "expected": None, "low": None, "high": None, "score": 1.0, "grade": 0.5, "threshold": None, "p_value": None,
        "confidence": None, "features": [], "model": {"name": model(sensor_type), "version": version}, "detectors": {},
        "source": {"topic": "pdm.readings.v1", "partition": 0, "first_offset": 0, "last_offset": 0},
    }  # fmt: skip
    return json.dumps(event).encode()


def cleared(number: int, version: str, sensor_type: str = "temperature", kind: str = "pattern") -> bytes:
    """And four minutes later it cleared it."""
    event = json.loads(raised(number, version, sensor_type, kind))
    event |= {"type": "AnomalyCleared", "id": f"{number}-{version}:cleared", "end_ts": at(number, 300)}
    return json.dumps(event).encode()


def label(word: str, number: int, **fields: object) -> bytes:
    """An operator's word on ten minutes from the nth fault on."""
    told = {"asset_id": "pump-1", "label": word, "start_ts": at(number), "end_ts": at(number, 600), **fields}
    return json.dumps(told).encode()
