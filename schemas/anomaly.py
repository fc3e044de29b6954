"""The anomaly events as the public sees them; schemas/anomaly_record.py writes them fast."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.wire_types import Finite, Instant, Published, Share

Kind = Literal["novelty", "episode", "pattern"]
Lane = Literal["readings", "signals", "audio"]


class AnomalyFeature(Published):
    """One feature that speaks for the anomaly; `weight` is its share of the evidence."""

    name: str
    value: Finite | None
    expected: Finite | None
    weight: Finite
    direction: Literal["high", "low"]


class AnomalyModel(Published):
    """What judged: name and version of the model."""

    name: str
    version: str


class AnomalySource(Published):
    """Source records of the window that led to the event, first and last offset included."""

    topic: str
    partition: Annotated[int, Field(ge=0)]
    first_offset: int
    last_offset: int


class _Anomaly(Published):
    id: str
    anomaly_id: str
    kind: Kind
    lane: Lane
    asset_id: str
    sensor_id: str
    sensor_type: str | None
    unit: str | None = None
    ts: Instant
    start_ts: Instant
    value: Finite | None
    expected: Finite | None
    low: Finite | None = None
    high: Finite | None = None
    score: Finite | None
    grade: Share
    threshold: Finite | None
    p_value: Share | None
    confidence: Share | None
    features: list[AnomalyFeature]
    model: AnomalyModel
    detectors: dict[str, Finite | None]
    source: AnomalySource


class AnomalyRaised(_Anomaly):
    """A sensor began to behave strangely at `start_ts`; found out at `ts`. The most telling features come first."""

    type: Literal["AnomalyRaised"] = "AnomalyRaised"


class AnomalyCleared(_Anomaly):
    """The anomaly with the same `anomaly_id` is over since `end_ts`; found out at `ts`."""

    type: Literal["AnomalyCleared"] = "AnomalyCleared"
    end_ts: Instant


def anomaly_id(topic: str, partition: int, offset: int, index: int, kind: Kind) -> str:
    """Return the id that raised and cleared share, from the reading that completed the window and the kind."""
    return f"{topic}:{partition}:{offset}:{index}:{kind}"


def raised_id(anomaly: str) -> str:
    """Return the event id of the raising of an anomaly."""
    return f"{anomaly}:raised"


def cleared_id(anomaly: str) -> str:
    """Return the event id of the clearing of an anomaly."""
    return f"{anomaly}:cleared"
