"""A store with two assets: a healthy pump, and a fan with a fault, an ill sensor, signal blocks and bands."""

import json
import time
from typing import Any

import msgspec
import numpy as np

from schemas.anomaly_record import SourceRecord
from schemas.feature_block import encode_feature_block
from schemas.times import format_time
from stream_app.web.parts import Parts
from stream_app.web.pipeline_watch import PipelineWatch
from stream_app.web.store import Store

READINGS = 1000
PERIOD_US = 100_000
NOW_US = int(time.time()) * 1_000_000
START_US = NOW_US - READINGS * PERIOD_US
SENSORS = ("pump-1/flow", "pump-1/pressure", "fan-2/speed", "fan-2/vibration")
SPIKE_AT = 777


def reading(sensor_id: str, i: int, value: float | None = None) -> bytes:
    at = START_US + i * PERIOD_US
    level = 10 + np.sin(i / 8) if value is None else value
    return json.dumps({"sensor_id": sensor_id, "ts": format_time(at), "value": round(level, 6), "unit": "x"}).encode()


def record(value: bytes) -> tuple[int, int, bytes | None, bytes | None]:
    return 0, NOW_US // 1000, None, value


def anomaly(ident: str, sensor_id: str, at: int, *, end: int | None = None, grade: float = 0.9) -> bytes:
    event: dict[str, Any] = {
        "id": f"{ident}:{'raised' if end is None else 'cleared'}",
        "type": "AnomalyRaised" if end is None else "AnomalyCleared",
        "anomaly_id": ident,
        "kind": "episode",
        "lane": "readings",
        "asset_id": sensor_id.split("/", maxsplit=1)[0],
        "sensor_id": sensor_id,
        "sensor_type": None,
        "ts": format_time(START_US + (at + 5) * PERIOD_US),
        "start_ts": format_time(START_US + at * PERIOD_US),
        "value": 99.0,
        "expected": 10.0,
        "low": 8.0,
        "high": 12.0,
        "score": 5.0,
        "grade": grade,
        "threshold": 2.0,
        "p_value": None,
        "confidence": 0.8,
        "features": [{"name": "value", "value": 99.0, "expected": 10.0, "weight": 1.0, "direction": "high"}],
        "model": {"name": "series", "version": "1"},
        "detectors": {"robust_z": 5.0},
        "source": {"topic": "pdm.readings.v1", "partition": 0, "first_offset": 1, "last_offset": 2},
    }
    if end is not None:
        event["end_ts"] = format_time(START_US + end * PERIOD_US)
    return json.dumps(event).encode()


def health(sensor_id: str, state: str) -> bytes:
    asset_id = sensor_id.split("/", maxsplit=1)[0]
    event = {"sensor_id": sensor_id, "asset_id": asset_id, "state": state, "since_ts": format_time(NOW_US)}
    return json.dumps({"id": "h", "type": "SensorHealthChanged", "ts": format_time(NOW_US), **event}).encode()


def block(sensor_id: str, hz: float, amplitude: float = 1.0, n: int = 2048) -> bytes:
    samples = amplitude * np.sin(2 * np.pi * hz * np.arange(n) / 1000.0)
    fields = {"sensor_id": sensor_id, "ts": NOW_US, "rate_hz": 1000.0, "samples": samples.astype("<f4").tobytes()}
    return msgspec.msgpack.encode({**fields, "dtype": "f4", "unit": "g"})


def bands(sensor_id: str) -> bytes:
    n = READINGS // 16
    ts_us = [START_US + 16 * i * PERIOD_US for i in range(n)]
    return encode_feature_block(
        "readings",
        ("value", "expected", "low", "high", "std_5"),
        asset_id=sensor_id.split("/", maxsplit=1)[0],
        sensor_ids=[sensor_id] * n,
        sensor_types=[None] * n,
        ts_us=ts_us,
        start_ts_us=ts_us,
        flags=[0] * n,
        source=SourceRecord("pdm.readings.v1", 0, 0, 1),
        values=np.tile([10.0, 10.0, 8.0, 12.0, 0.1], n).astype("<f4").tobytes(),
    )


def filled() -> Store:
    """Return the store; the fault is on fan-2/vibration, whose one spike of 99 stands at SPIKE_AT."""
    store = Store()
    for sensor_id in SENSORS:
        spike = {SPIKE_AT: 99.0} if sensor_id == "fan-2/vibration" else {}
        store.take_readings([record(reading(sensor_id, i, spike.get(i))) for i in range(READINGS)])
    store.take_features([record(bands("fan-2/vibration"))])
    store.take_anomalies(
        [record(anomaly("old", "fan-2/speed", 100)), record(anomaly("old", "fan-2/speed", 100, end=150))]
    )
    store.take_anomalies([record(anomaly("new", "fan-2/vibration", SPIKE_AT))])
    return store


def parts(store: Store) -> Parts:
    return Parts(store, PipelineWatch(list, store, None))
