"""What the drift watch found, as the events that the public sees."""

from math import isfinite
from typing import Any

from agents.outputs import Output, Position
from models.drift.evidence import ColumnEvidence
from models.drift.finding import Finding
from models.drift.triage import ACTIONS
from models.report import grade
from schemas.anomaly import AnomalySource, cleared_id, raised_id
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
from schemas.drift import CE_TYPE, DriftDetected, DriftFeature, DriftJoint, drift_id
from schemas.model_names import model_name
from schemas.times import format_time
from schemas.topics import ANOMALIES, DRIFT

_MODEL = ModelRecord(name="drift", version="1")
_THRESHOLD_Z = 3.0
_MOST_FEATURES = 20
_NUMBERS = ("value", "usual", "shift", "effect", "ks", "psi", "p_value", "q_value")


def drift_event(finding: Finding, ident: str, source: SourceRecord) -> DriftDetected:
    """Return what the public is told of a change."""
    found = finding.evidence
    return DriftDetected(
        id=ident,
        model=model_name(finding.lane, finding.sensor_type),
        lane=finding.lane,
        sensor_type=finding.sensor_type or None,
        cause=finding.cause,
        ts=format_time(finding.ts_us),
        changed_at=format_time(finding.changed_us),
        assets=finding.assets,
        sensors=finding.sensors,
        assets_watched=finding.watched,
        rows=finding.rows,
        features=[_feature(each) for each in found.columns[:_MOST_FEATURES]],
        joint=DriftJoint(mmd=found.mmd, p_value=found.mmd_p_value) if isfinite(found.mmd) else None,
        noticed_at={name: None if us is None else format_time(us) for name, us in found.noticed_us.items()},
        evidence=finding.reasons,
        suggested_action=ACTIONS[finding.cause],
        source=AnomalySource(**{name: getattr(source, name) for name in SourceRecord.__struct_fields__}),
    )


def drift_output(finding: Finding, topic: str, partition: int, position: Position, source: SourceRecord) -> Output:
    """Return the event of a change, keyed by the model that it concerns."""
    event = drift_event(finding, drift_id(topic, partition, position[0], position[2]), source)
    about = headers(event.id, CE_TYPE, f"/{topic}/{partition}", finding.ts_us)
    return Output(DRIFT, event.model.encode(), event.model_dump_json().encode(), about, position)


def anomaly_output(finding: Finding, topic: str, partition: int, position: Position, source: SourceRecord) -> Output:
    """Return the anomaly that a degrading asset opens, or its end, keyed by asset; its id is the finding's mark."""
    lead = finding.evidence.columns[0] if finding.evidence.columns else None
    score = None if lead is None else abs(lead.shift)
    fields: dict[str, Any] = {
        "anomaly_id": finding.mark,
        "kind": "pattern",
        "lane": finding.lane,
        "asset_id": finding.assets[0],
        "sensor_id": lead.column.sensor_id if lead else finding.sensors[0],
        "sensor_type": finding.sensor_type or None,
        "unit": None,
        "ts": format_time(finding.ts_us),
        "start_ts": format_time(finding.changed_us),
        "value": lead.value if lead else None,
        "expected": lead.usual if lead else None,
        "low": None,
        "high": None,
        "score": score,
        "grade": 0.5 if score is None else grade(score, _THRESHOLD_Z),
        "threshold": _THRESHOLD_Z,
        "p_value": lead.p_value if lead else None,
        "confidence": None if lead is None else 1.0 - lead.q_value,
        "features": _weighed(finding.evidence.columns[:3]),
        "model": _MODEL,
        "detectors": {} if lead is None else {"ks": lead.ks, "psi": lead.psi, "mmd": finding.evidence.mmd},
        "source": source,
    }
    event: RaisedRecord | ClearedRecord
    if finding.kind == "drift":
        event = RaisedRecord(id=raised_id(finding.mark), **fields)
    else:
        event = ClearedRecord(id=cleared_id(finding.mark), end_ts=format_time(finding.ts_us), **fields)
    about = headers(event.id, ce_type(event), f"/{topic}/{partition}", finding.ts_us)
    return Output(ANOMALIES, event.asset_id.encode(), encode(event), about, position)


def _weighed(columns: list[ColumnEvidence]) -> list[FeatureRecord]:
    total = sum(abs(each.shift) for each in columns) or 1.0
    return [
        FeatureRecord(
            each.column.feature, each.value, each.usual, abs(each.shift) / total, "high" if each.shift > 0.0 else "low"
        )
        for each in columns
    ]


def _feature(each: ColumnEvidence) -> DriftFeature:
    numbers = {name: getattr(each, name) for name in _NUMBERS}
    return DriftFeature(
        sensor_id=each.column.sensor_id,
        name=each.column.feature,
        related_to=each.column.other or None,
        **{name: number if isfinite(number) else None for name, number in numbers.items()},
    )
