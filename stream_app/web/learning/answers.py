"""The answers about models, drift and retraining."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.drift import DriftDetected
from schemas.model_events import GateCheck, GateDecided, ModelEvent
from schemas.retraining import RetrainingEvent
from stream_app.web.access import Role
from stream_app.web.answers import Answer

Alias = Literal["champion", "challenger", "former", "canary"]
AnyModelEvent = Annotated[ModelEvent, Field(discriminator="type")]
AnyRetrainingEvent = Annotated[RetrainingEvent, Field(discriminator="type")]


class AccessAnswer(Answer):
    """What the token of this request allows; `writing` tells whether an engineer's token is configured at all."""

    role: Role
    writing: bool


class ModelRow(Answer):
    """A registered model at a glance, with the newest thing that happened to it."""

    model: str
    lane: str | None
    sensor_type: str | None
    versions: int
    champion: str | None
    challenger: str | None
    former: str | None
    algorithm: str | None
    last_event: AnyModelEvent | None
    last_drift_ts: str | None
    last_retraining: AnyRetrainingEvent | None


class Models(Answer):
    """Models by name; `registry_trouble` tells why only what Kafka knows is here, null where the registry answers."""

    registry_trouble: str | None
    models: list[ModelRow]


class Refused(Answer):
    """A worker that does not serve a version, and why, in one word and in a sentence."""

    worker: str
    reason: str
    detail: str
    ts: str


class VersionRow(Answer):
    """A version with what training found; `loaded_by` are the workers that serve it, under which alias."""

    version: str
    aliases: list[Alias]
    algorithm: str | None
    made_ts: str | None
    run_id: str | None
    rows: int | None
    data_from: str | None
    data_to: str | None
    metrics: dict[str, float]
    loaded_by: dict[str, Alias]
    refused_by: list[Refused]
    gate: GateDecided | None


class Shadow(Answer):
    """The numbers that the gate looks at, so far: of a challenger, or of a new champion whose former goes on in shadow.

    It decides from `rows_wanted` rows on.
    """

    kind: Literal["challenger", "guard"]
    version: str
    champion: str | None
    rows: int
    rows_wanted: int
    sensor_hours: float
    checks: list[GateCheck]


class ModelDetail(ModelRow):
    """A model with its versions, the newest first; where the registry is away those that Kafka tells of.

    `shadow_behind` counts the blocks of the last day that are still to be read; it is null until reading has begun,
    which the first look leads to.
    """

    registry_trouble: str | None
    rows: list[VersionRow]
    shadow: list[Shadow]
    shadow_behind: int | None


class ModelEvents(Answer):
    """What happened to a model, the newest first."""

    total: int
    events: list[AnyModelEvent]


class Drift(Answer):
    """Changes, the newest first; `total` counts all that were asked for."""

    total: int
    events: list[DriftDetected]


class Retraining(Answer):
    """What became of wishes to train, the newest first; `training_id` is the id of the drift that led to it."""

    total: int
    events: list[AnyRetrainingEvent]


class Report(Answer):
    """A drift report that was written, and where it is read."""

    name: str
    ts: str
    url: str


class Reports(Answer):
    """Drift reports, the newest first."""

    reports: list[Report]


class Decision(Answer):
    """What is asked of the champion's place, by whom and why.

    `champion` is the version that whoever asks takes for the champion now: where it is another one by now, nothing
    is changed.
    """

    version: Annotated[int, Field(ge=1)]
    champion: Annotated[int, Field(ge=1)] | None
    by: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]+$")]
    reason: Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^\x00-\x1f]+$")]


class Moved(Answer):
    """The champion of a model went from `previous` to `version`."""

    model: str
    version: str
    previous: str | None
