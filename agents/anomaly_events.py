"""Transitions of a series bank as the anomaly events that the public sees."""

from typing import Any

from agents.outputs import Output, Position
from models.features.names import FEATURE_NAMES
from models.transition import DETECTORS, KINDS
from schemas.anomaly import anomaly_id, cleared_id, raised_id
from schemas.anomaly_record import (
    ClearedRecord,
    FeatureRecord,
    ModelRecord,
    RaisedRecord,
    SourceRecord,
    ce_type,
    encode,
)
from schemas.cloudevents import headers
from schemas.sensor_index import SensorMeta
from schemas.times import format_time
from schemas.topics import ANOMALIES

# The detectors of this lane learn in the stream: their version is that of their definition.
_MODEL = ModelRecord(name="series", version="1")


def anomaly_output(
    transition: Any, *, topic: str, partition: int, sensor_id: str, meta: SensorMeta, position: Position
) -> Output:
    """Return the event of one TRANSITION record, keyed by asset."""
    kind = KINDS[transition["kind"]]
    ident = anomaly_id(topic, partition, int(transition["anomaly_offset"]), int(transition["anomaly_index"]), kind)
    ts_us = int(transition["ts_us"])
    fields: dict[str, Any] = {
        "anomaly_id": ident,
        "kind": kind,
        "lane": "readings",
        "asset_id": meta.asset_id,
        "sensor_id": sensor_id,
        "sensor_type": meta.sensor_type,
        "unit": meta.unit,
        "ts": format_time(ts_us),
        "start_ts": format_time(int(transition["start_ts_us"])),
        "features": _features(transition),
        "model": _MODEL,
        "detectors": dict(zip(DETECTORS, transition["detector_scores"].tolist(), strict=True)),
        "source": SourceRecord(topic, partition, int(transition["first_offset"]), int(transition["last_offset"])),
    }
    for name in ("value", "expected", "low", "high", "score", "threshold", "grade", "p_value", "confidence"):
        fields[name] = float(transition[name])
    event: RaisedRecord | ClearedRecord
    if transition["raised"]:
        event = RaisedRecord(id=raised_id(ident), **fields)
    else:
        event = ClearedRecord(id=cleared_id(ident), end_ts=format_time(int(transition["end_ts_us"])), **fields)
    source = f"/{topic}/{partition}"
    return Output(
        ANOMALIES, meta.asset_id.encode(), encode(event), headers(event.id, ce_type(event), source, ts_us), position
    )


def _features(transition: Any) -> list[FeatureRecord]:
    found = zip(
        transition["feature"].tolist(),
        transition["feature_value"].tolist(),
        transition["feature_expected"].tolist(),
        transition["feature_weight"].tolist(),
        strict=True,
    )
    return [
        FeatureRecord(FEATURE_NAMES[number], value, expected, weight, "high" if value > expected else "low")
        for number, value, expected, weight in found
        if number >= 0
    ]
