"""What becomes of a wish to train a model again, as the public sees it; the key is the model's name.

`training_id` is that of the drift event which led to it, so that ids are the same however often a worker dies.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from schemas.wire_types import Finite, Instant, Published

RefusalReason = Literal[
    "cooldown", "already_requested", "budget", "too_little_data", "clock_skew", "unknown_model", "not_retrainable"
]
FailureReason = Literal["unavailable", "bad_data", "crash", "interrupted"]
Attempt = Annotated[int, Field(ge=1)]


class _Retraining(Published):
    id: str
    training_id: str
    model: str
    ts: Instant


class RetrainingRequested(_Retraining):
    """Drift wants the model trained on what came since `from_ts`; it begins at `not_before` or later."""

    type: Literal["RetrainingRequested"] = "RetrainingRequested"
    lane: str
    sensor_type: str | None
    cause: str
    from_ts: Instant
    not_before: Instant


class RetrainingRefused(_Retraining):
    """The policy does not want the model trained for this drift."""

    type: Literal["RetrainingRefused"] = "RetrainingRefused"
    reason: RefusalReason
    detail: str


class RetrainingStarted(_Retraining):
    """A child process of `worker` trains the model."""

    type: Literal["RetrainingStarted"] = "RetrainingStarted"
    attempt: Attempt
    worker: str
    from_ts: Instant
    to_ts: Instant


class RetrainingSucceeded(_Retraining):
    """A version was registered."""

    type: Literal["RetrainingSucceeded"] = "RetrainingSucceeded"
    attempt: Attempt
    seconds: Finite
    version: str
    algorithm: str
    run_id: str
    rows: int
    metrics: dict[str, Any]


class RetrainingFailed(_Retraining):
    """The training came to nothing; it is tried again at `retry_at`, where that is not null."""

    type: Literal["RetrainingFailed"] = "RetrainingFailed"
    attempt: Attempt
    seconds: Finite
    reason: FailureReason
    exit_code: int | None
    detail: str
    retry_at: Instant | None


class RetrainingTimedOut(_Retraining):
    """The training took too long and was killed."""

    type: Literal["RetrainingTimedOut"] = "RetrainingTimedOut"
    attempt: Attempt
    timeout_s: Finite


RetrainingEvent = (
    RetrainingRequested
    | RetrainingRefused
    | RetrainingStarted
    | RetrainingSucceeded
    | RetrainingFailed
    | RetrainingTimedOut
)

RETRAINING_CE_TYPES: dict[type[RetrainingEvent], str] = {
    RetrainingRequested: "pdm.retraining.requested.v1",
    RetrainingRefused: "pdm.retraining.refused.v1",
    RetrainingStarted: "pdm.retraining.started.v1",
    RetrainingSucceeded: "pdm.retraining.succeeded.v1",
    RetrainingFailed: "pdm.retraining.failed.v1",
    RetrainingTimedOut: "pdm.retraining.timed_out.v1",
}

_ADAPTER: TypeAdapter[RetrainingEvent] = TypeAdapter(Annotated[RetrainingEvent, Field(discriminator="type")])


def decode_retraining(message: bytes) -> RetrainingEvent:
    """Return the event in a message of the retraining topic; pydantic.ValidationError where it is none."""
    return _ADAPTER.validate_json(message)
