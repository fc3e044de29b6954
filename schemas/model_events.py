"""What happens to models, as the public sees it on the models topic; the key is the registered name."""

from typing import Annotated, Literal
from uuid import uuid4

from pydantic import Field, TypeAdapter, ValidationError

from schemas.cloudevents import headers
from schemas.topics import MODELS
from schemas.wire_types import Finite, Instant, Published

Mode = Literal["manual", "automatic"]


class _ModelEvent(Published):
    id: str
    model: str
    version: str
    ts: Instant


class ModelRegistered(_ModelEvent):
    """Training registered a version, which scores in shadow from now on, or at once where there was no champion."""

    type: Literal["ModelRegistered"] = "ModelRegistered"
    algorithm: str
    lane: str
    sensor_type: str | None
    run_id: str
    alias: Literal["champion", "challenger"]
    rows: int
    metrics: dict[str, Finite]
    champion_version: str | None
    champion_metrics: dict[str, Finite]


class GateCheck(Published):
    """One number that a gate looked at: `value` of the challenger, `champion` of the champion, and its bound."""

    name: str
    value: Finite | None
    champion: Finite | None
    bound: Finite
    passed: bool


class GateDecided(_ModelEvent):
    """A challenger was held against the champion: it may be promoted where all checks passed.

    In the stage `canary` it was judged by what it did in service on a share of the assets.
    """

    type: Literal["GateDecided"] = "GateDecided"
    champion_version: str | None
    passed: bool
    mode: Mode
    checks: list[GateCheck]
    reason: str
    stage: Literal["shadow", "canary"] = "shadow"


class CanaryBegan(_ModelEvent):
    """A challenger judges a share of the assets, by a hash of their names, in the champion's place."""

    type: Literal["CanaryBegan"] = "CanaryBegan"
    share: Finite
    by: str
    mode: Mode
    reason: str


class CanaryEnded(_ModelEvent):
    """The champion judges all assets again: the challenger is not promoted."""

    type: Literal["CanaryEnded"] = "CanaryEnded"
    by: str
    mode: Mode
    reason: str


class ModelPromoted(_ModelEvent):
    """A version became the champion; `previous_version` was it before."""

    type: Literal["ModelPromoted"] = "ModelPromoted"
    previous_version: str | None
    by: str
    mode: Mode
    reason: str


class ModelRolledBack(_ModelEvent):
    """A former champion is the champion again, in place of `previous_version`."""

    type: Literal["ModelRolledBack"] = "ModelRolledBack"
    previous_version: str
    by: str
    mode: Mode
    reason: str


class ModelLoaded(_ModelEvent):
    """A worker verified a version and offers it to its partitions, which take it at their next checkpoint."""

    type: Literal["ModelLoaded"] = "ModelLoaded"
    alias: Literal["champion", "challenger", "canary"]
    worker: str
    digest: str


class ModelRefused(_ModelEvent):
    """A worker refused a version and goes on with what it had; `reason` is one word, as `altered`."""

    type: Literal["ModelRefused"] = "ModelRefused"
    alias: Literal["champion", "challenger", "canary"]
    worker: str
    reason: str
    detail: str


ModelEvent = (
    ModelRegistered
    | GateDecided
    | CanaryBegan
    | CanaryEnded
    | ModelPromoted
    | ModelRolledBack
    | ModelLoaded
    | ModelRefused
)

MODEL_CE_TYPES: dict[type[ModelEvent], str] = {
    ModelRegistered: "pdm.model.registered.v1",
    GateDecided: "pdm.model.gate_decided.v1",
    CanaryBegan: "pdm.model.canary_began.v1",
    CanaryEnded: "pdm.model.canary_ended.v1",
    ModelPromoted: "pdm.model.promoted.v1",
    ModelRolledBack: "pdm.model.rolled_back.v1",
    ModelLoaded: "pdm.model.loaded.v1",
    ModelRefused: "pdm.model.refused.v1",
}


_ADAPTER: TypeAdapter[ModelEvent] = TypeAdapter(Annotated[ModelEvent, Field(discriminator="type")])


def decode_model_event(message: bytes) -> ModelEvent | None:
    """Return the event in a message of the models topic, or None where it is none that this release knows."""
    try:
        return _ADAPTER.validate_json(message)
    except ValidationError:
        return None


def new_event_id() -> str:
    """Return an id for an event that no source position stands for."""
    return str(uuid4())


def model_record(event: ModelEvent, time_us: int) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Return key, value and headers of the record of an event."""
    source = f"/{MODELS}/{event.model}"
    told = headers(event.id, MODEL_CE_TYPES[type(event)], source, time_us)
    return event.model.encode(), event.model_dump_json().encode(), told
