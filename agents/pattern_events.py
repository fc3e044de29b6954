"""Transitions of a block bank as the anomaly events that the public sees."""

from typing import Any

from agents.outputs import Output, Position
from models.blocks.columns import COLUMNS, DETECTORS
from models.blocks.transition import KIND
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
from schemas.signal import SignalBlock
from schemas.times import format_time
from schemas.topics import ANOMALIES

# The detectors of this lane learn in the stream: their version is that of their definition.
_MODEL = ModelRecord(name="blocks", version="1")


def pattern_output(transition: Any, *, topic: str, partition: int, block: SignalBlock, position: Position) -> Output:
    """Return the event of one BLOCK_TRANSITION record that `block` caused, keyed by asset."""
    ident = anomaly_id(topic, partition, int(transition["anomaly_offset"]), 0, KIND)
    ts_us = int(transition["ts_us"])
    fields: dict[str, Any] = {
        "anomaly_id": ident,
        "kind": KIND,
        "lane": "signals",
        "asset_id": block.asset_id,
        "sensor_id": block.sensor_id,
        "sensor_type": None,
        "unit": block.unit,
        "ts": format_time(ts_us),
        "start_ts": format_time(int(transition["start_ts_us"])),
        "low": None,
        "high": None,
        "features": _features(transition),
        "model": _MODEL,
        "detectors": dict(zip(DETECTORS, transition["detector_scores"].tolist(), strict=True)),
        "source": SourceRecord(topic, partition, int(transition["first_offset"]), int(transition["last_offset"])),
    }
    for name in ("value", "expected", "score", "threshold", "grade", "p_value", "confidence"):
        fields[name] = float(transition[name])
    event: RaisedRecord | ClearedRecord
    if transition["raised"]:
        event = RaisedRecord(id=raised_id(ident), **fields)
    else:
        event = ClearedRecord(id=cleared_id(ident), end_ts=format_time(int(transition["end_ts_us"])), **fields)
    source = f"/{topic}/{partition}"
    return Output(
        ANOMALIES, block.asset_id.encode(), encode(event), headers(event.id, ce_type(event), source, ts_us), position
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
        FeatureRecord(COLUMNS[number], value, expected, weight, "high" if value > expected else "low")
        for number, value, expected, weight in found
        if number >= 0
    ]
