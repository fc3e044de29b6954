"""The anomaly events as plain records that encode in a microsecond: the twins of schemas/anomaly.py."""

import msgspec

from schemas.anomaly import Kind, Lane

RAISED_CE_TYPE = "pdm.anomaly.raised.v1"
CLEARED_CE_TYPE = "pdm.anomaly.cleared.v1"


class FeatureRecord(msgspec.Struct, frozen=True):
    """Twin of AnomalyFeature."""

    name: str
    value: float | None
    expected: float | None
    weight: float
    direction: str


class ModelRecord(msgspec.Struct, frozen=True):
    """Twin of AnomalyModel."""

    name: str
    version: str


class SourceRecord(msgspec.Struct, frozen=True):
    """Twin of AnomalySource."""

    topic: str
    partition: int
    first_offset: int
    last_offset: int


class _AnomalyRecord(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    id: str
    anomaly_id: str
    kind: Kind
    lane: Lane
    asset_id: str
    sensor_id: str
    sensor_type: str | None
    unit: str | None
    ts: str
    start_ts: str
    value: float | None
    expected: float | None
    low: float | None
    high: float | None
    score: float | None
    grade: float
    threshold: float | None
    p_value: float | None
    confidence: float | None
    features: list[FeatureRecord]
    model: ModelRecord
    detectors: dict[str, float | None]
    source: SourceRecord


class RaisedRecord(_AnomalyRecord, frozen=True, kw_only=True, tag="AnomalyRaised"):
    """Twin of AnomalyRaised; NaN is written as null."""


class ClearedRecord(_AnomalyRecord, frozen=True, kw_only=True, tag="AnomalyCleared"):
    """Twin of AnomalyCleared; NaN is written as null."""

    end_ts: str


AnomalyRecord = RaisedRecord | ClearedRecord

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(RaisedRecord | ClearedRecord)


def encode(event: AnomalyRecord) -> bytes:
    """Return an anomaly event as JSON; NaN and infinities become null."""
    return _ENCODER.encode(event)


def decode(message: bytes) -> AnomalyRecord:
    """Return the event in a JSON message of the anomalies topic; msgspec.DecodeError where it is none."""
    event: AnomalyRecord = _DECODER.decode(message)
    return event


def ce_type(event: AnomalyRecord) -> str:
    """Return the CloudEvents type of an event."""
    return CLEARED_CE_TYPE if isinstance(event, ClearedRecord) else RAISED_CE_TYPE
