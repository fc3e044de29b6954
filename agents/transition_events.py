"""Anomalies raised and cleared, by whatever bank told of them, as the events that the public sees."""

from collections.abc import Sequence
from typing import Any

from agents.outputs import Output, Position
from schemas.anomaly import Kind, Lane, anomaly_id, cleared_id, raised_id
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

_NUMBERS = ("value", "expected", "low", "high", "score", "threshold", "grade", "p_value", "confidence")


def transition_output(
    transition: Any,
    *,
    kind: Kind,
    lane: Lane,
    model: ModelRecord,
    columns: Sequence[str],
    detectors: Sequence[str],
    topic: str,
    partition: int,
    sensor_id: str,
    meta: SensorMeta,
    position: Position,
) -> Output:
    """Return the event of one transition, keyed by asset; `columns` and `detectors` name its features and scores."""
    names = transition.dtype.names
    index = int(transition["anomaly_index"]) if "anomaly_index" in names else 0
    ident = anomaly_id(topic, partition, int(transition["anomaly_offset"]), index, kind)
    fields: dict[str, Any] = {
        "kind": kind,
        "lane": lane,
        "asset_id": meta.asset_id,
        "sensor_id": sensor_id,
        "sensor_type": meta.sensor_type,
        "unit": meta.unit,
        "features": _features(transition, columns),
        "model": model,
        "detectors": dict(zip(detectors, transition["detector_scores"].tolist(), strict=False)),
    }
    for name in _NUMBERS:
        fields[name] = float(transition[name]) if name in names else None
    return event_output(transition, ident, fields, topic, partition, position)


def event_output(
    transition: Any, ident: str, fields: dict[str, Any], topic: str, partition: int, position: Position
) -> Output:
    """Return the event of a transition that `fields` describe but for its id, times and source."""
    ts_us = int(transition["ts_us"])
    fields = {
        **fields,
        "anomaly_id": ident,
        "ts": format_time(ts_us),
        "start_ts": format_time(int(transition["start_ts_us"])),
        "source": SourceRecord(topic, partition, int(transition["first_offset"]), int(transition["last_offset"])),
    }
    event: RaisedRecord | ClearedRecord
    if transition["raised"]:
        event = RaisedRecord(id=raised_id(ident), **fields)
    else:
        event = ClearedRecord(id=cleared_id(ident), end_ts=format_time(int(transition["end_ts_us"])), **fields)
    source = f"/{topic}/{partition}"
    return Output(
        ANOMALIES, event.asset_id.encode(), encode(event), headers(event.id, ce_type(event), source, ts_us), position
    )


def _features(transition: Any, columns: Sequence[str]) -> list[FeatureRecord]:
    found = zip(
        transition["feature"].tolist(),
        transition["feature_value"].tolist(),
        transition["feature_expected"].tolist(),
        transition["feature_weight"].tolist(),
        strict=True,
    )
    return [
        FeatureRecord(columns[number], value, expected, weight, "high" if value > expected else "low")
        for number, value, expected, weight in found
        if number >= 0
    ]
