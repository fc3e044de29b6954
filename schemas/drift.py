"""`DriftDetected`: the world has changed, since when, by what cause, and what to do about it."""

from typing import Annotated, Literal

from pydantic import Field, ValidationError

from schemas.anomaly import AnomalySource, Lane
from schemas.errors import BadDataError
from schemas.topics import DRIFT
from schemas.wire_types import Finite, Instant, Published, Share

CE_TYPE = "pdm.drift.detected.v1"

Cause = Literal["sensor_fault", "regime_change", "asset_degradation", "fleet_shift", "performance_loss"]
Action = Literal["retrain", "inspect_sensor", "inspect_asset"]


class DriftFeature(Published):
    """A feature of a sensor, or its relation with another, that changed; `shift` counts usual deviations of a slot."""

    sensor_id: str
    name: str
    related_to: str | None
    value: Finite | None
    usual: Finite | None
    shift: Finite | None
    effect: Finite | None = Field(description="Cliff's delta: -1 to 1")
    ks: Finite | None = Field(description="Kolmogorov-Smirnov statistic")
    psi: Finite | None = Field(description="population stability index")
    p_value: Share | None
    q_value: Share | None = Field(description="p-value under control of the false discovery rate")


class DriftJoint(Published):
    """The test of all features together: maximum mean discrepancy."""

    mmd: Finite | None
    p_value: Share | None


class DriftPerformance(Published):
    """What labels say of the champion, `version`: of the last `labels`, and its alarms and silence about them."""

    version: str
    labels: Annotated[int, Field(ge=1)]
    found: Annotated[int, Field(ge=0, description="labelled faults with an alarm")]
    missed: Annotated[int, Field(ge=0, description="labelled faults without one")]
    false_alarms: Annotated[int, Field(ge=0, description="ranges labelled as normal with an alarm")]
    precision: Share | None
    recall: Share | None


class DriftDetected(Published):
    """Sensors of one model changed at `changed_at`, noticed at `ts`. The features that moved most come first."""

    id: str
    type: Literal["DriftDetected"] = "DriftDetected"
    model: str
    lane: Lane
    sensor_type: str | None
    cause: Cause
    ts: Instant
    changed_at: Instant
    assets: list[str]
    sensors: list[str]
    assets_watched: Annotated[int, Field(ge=0)]
    rows: Annotated[int, Field(ge=0, description="feature rows since the change")]
    features: list[DriftFeature]
    joint: DriftJoint | None
    performance: DriftPerformance | None = Field(None, description="where the cause is a loss of performance")
    noticed_at: dict[str, Instant | None] = Field(description="when each streaming detector noticed")
    evidence: list[str]
    suggested_action: Action
    source: AnomalySource


def decode_drift(message: bytes) -> DriftDetected:
    """Return the event in a message of the drift topic; raises BadDataError where it is none."""
    try:
        return DriftDetected.model_validate_json(message)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "message"
        raise BadDataError(f"This is no drift event ({where}: {first['msg']}); read {DRIFT}.") from None


def drift_id(topic: str, partition: int, offset: int, nth: int) -> str:
    """Return the id of the nth event that one record led to: a replay gives the same."""
    return f"{topic}:{partition}:{offset}:{nth}:drift"
