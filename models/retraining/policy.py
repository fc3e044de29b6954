"""Which trainings are wanted, running and refused: a fold over the training log, with its times as the only clock.

The same log gives the same state and the same decisions, so nothing is trained twice and nothing forgotten, whoever
reads it. A time ahead of the clock counts as now: a clock that was wrong holds nothing up for longer than the rule.
"""

import json
from typing import Any

import msgspec

from models.retraining.tuning import RetrainingTuning
from schemas.model_names import parse_model_name
from schemas.retraining import (
    FailureReason,
    RefusalReason,
    RetrainingEvent,
    RetrainingFailed,
    RetrainingRefused,
    RetrainingRequested,
    RetrainingStarted,
    RetrainingSucceeded,
    RetrainingTimedOut,
)
from schemas.times import format_time
from schemas.training_log import Begun, Ended, LogRecord, Wanted

_DAY_US = 86_400_000_000
_UNAVAILABLE, _BAD_DATA = 4, 5


class Training(msgspec.Struct):
    """A training that is not over: waiting where `token` is empty, else run by whoever has that token."""

    training_id: str
    model: str
    cause: str
    from_us: int
    data_us: int
    requested_us: int
    not_before_us: int
    attempt: int = 0
    token: str = ""
    worker: str = ""
    begun_us: int = 0

    @property
    def to_us(self) -> int:
        """End of the data to train on: when the attempt began, or what the drift had seen where that is later."""
        return max(self.begun_us, self.data_us)


class State(msgspec.Struct):
    """Trainings by model, when each model's last one began, and when trainings began of late."""

    trainings: dict[str, Training] = msgspec.field(default_factory=dict)
    last_begun_us: dict[str, int] = msgspec.field(default_factory=dict)
    begun_us: list[int] = msgspec.field(default_factory=list)

    @property
    def running(self) -> list[Training]:
        """Trainings that somebody runs, or did when last heard of."""
        return [each for each in self.trainings.values() if each.token]

    def due(self, now_us: int, tuning: RetrainingTuning) -> list[Training]:
        """Return the waiting trainings that may begin now, the oldest first."""
        waiting = [each for each in self.trainings.values() if not each.token and each.not_before_us <= now_us]
        room = max(tuning.at_once - len(self.running), 0)
        return sorted(waiting, key=lambda each: (each.requested_us, each.training_id))[:room]


def advance(state: State, record: LogRecord, now_us: int, tuning: RetrainingTuning) -> RetrainingEvent | None:
    """Apply a record of the log, written at `now_us`; return the event that it leads to, if any."""
    if isinstance(record, Wanted):
        return _wanted(state, record, now_us, tuning)
    training = next((each for each in state.trainings.values() if each.training_id == record.training_id), None)
    if training is None:
        return None
    if isinstance(record, Begun):
        return _begun(state, training, record, now_us, tuning)
    return _ended(state, training, record, now_us, tuning)


def _wanted(state: State, record: Wanted, now_us: int, tuning: RetrainingTuning) -> RetrainingEvent:
    model = record.model

    def refused(reason: RefusalReason, detail: str) -> RetrainingRefused:
        return RetrainingRefused(**_about(record.training_id, model, now_us, "refused"), reason=reason, detail=detail)

    name = parse_model_name(model)
    if name is None:
        return refused("unknown_model", f"{model!r} is no name of a model; it must be pdm.LANE.SENSOR_TYPE")
    ahead_s = (max(record.ts_us, record.changed_us) - now_us) / 1e6
    if ahead_s > tuning.most_future_s:
        return refused("clock_skew", f"the drift is {ahead_s:,.0f} s ahead of our clock; correct that of its source")
    if model in state.trainings:
        return refused("already_requested", f"training {state.trainings[model].training_id} is not over")
    begun_us = min(state.last_begun_us.get(model, -_DAY_US * 10_000), now_us)
    rest_s = tuning.cooldown_s - (now_us - begun_us) / 1e6
    if rest_s > 0.0:
        return refused("cooldown", f"the last training began at {format_time(begun_us)}; wait {rest_s:,.0f} s")
    of_the_day = sum(now_us - min(us, now_us) < _DAY_US for us in state.begun_us)
    if of_the_day + sum(each.attempt == 0 for each in state.trainings.values()) >= tuning.per_day:
        return refused("budget", f"{of_the_day} trainings began within a day; raise the budget, or wait")
    # Rows since the change, per µs: when there will be enough of them?
    rate = record.rows / max(record.ts_us - record.changed_us, 1)
    least_rows = tuning.least_rows + record.settling_rows
    if record.rows <= 0 or least_rows / rate > tuning.cooldown_s * 1e6 + (record.ts_us - record.changed_us):
        return refused("too_little_data", f"{record.rows} rows since the change, {least_rows} are wanted")
    missing = max(least_rows - record.rows, 0)
    training = Training(
        record.training_id, model, record.cause, record.changed_us, record.ts_us, now_us, now_us + round(missing / rate)
    )
    state.trainings[model] = training
    return RetrainingRequested(
        **_about(record.training_id, model, now_us, "requested"),
        lane=name[0],
        sensor_type=name[1],
        cause=record.cause,
        from_ts=format_time(record.changed_us),
        not_before=format_time(training.not_before_us),
    )


def _begun(
    state: State, training: Training, record: Begun, now_us: int, tuning: RetrainingTuning
) -> RetrainingEvent | None:
    # The first to write wins: others were written by a worker that did not know yet.
    if record.attempt != training.attempt + 1:
        return None
    if not training.token and len(state.running) >= tuning.at_once:
        return None
    if training.attempt == 0:
        state.begun_us = [us for us in state.begun_us if now_us - us < _DAY_US] + [now_us]
    state.last_begun_us[training.model] = now_us
    training.attempt, training.token, training.worker = record.attempt, record.token, record.worker
    training.begun_us = now_us
    return RetrainingStarted(
        **_about(training.training_id, training.model, now_us, f"started:{record.attempt}"),
        attempt=record.attempt,
        worker=record.worker,
        from_ts=format_time(training.from_us),
        to_ts=format_time(training.to_us),
    )


def _ended(
    state: State, training: Training, record: Ended, now_us: int, tuning: RetrainingTuning
) -> RetrainingEvent | None:
    if record.attempt != training.attempt or not training.token:
        return None
    about = _about(training.training_id, training.model, now_us, f"ended:{record.attempt}")
    if record.timed_out:
        del state.trainings[training.model]
        return RetrainingTimedOut(**about, attempt=record.attempt, timeout_s=tuning.timeout_s)
    result = _result(record.result) if record.exit_code == 0 else None
    if result is not None:
        del state.trainings[training.model]
        return RetrainingSucceeded(**about, attempt=record.attempt, seconds=record.seconds, **result)
    reason = _reason(record.exit_code)
    retry_us = None
    if reason != "bad_data" and record.attempt < tuning.attempts:
        training.token = training.worker = ""
        retry_us = training.not_before_us = now_us + round(tuning.retry_s * 1e6)
    else:
        del state.trainings[training.model]
    return RetrainingFailed(
        **about,
        attempt=record.attempt,
        seconds=record.seconds,
        reason=reason,
        exit_code=record.exit_code,
        detail=record.detail,
        retry_at=None if retry_us is None else format_time(retry_us),
    )


def _reason(exit_code: int | None) -> FailureReason:
    if exit_code is None:
        return "interrupted"
    return {_UNAVAILABLE: "unavailable", _BAD_DATA: "bad_data"}.get(exit_code, "crash")  # type: ignore[return-value]


def _result(line: str | None) -> dict[str, Any] | None:
    """Return what the event tells of a training's own words, or None where they are not as agreed."""
    try:
        told = json.loads(line or "")
        return {
            "version": str(told["version"]),
            "algorithm": str(told["algorithm"]),
            "run_id": str(told["run_id"]),
            "rows": int(told["rows"]),
            "metrics": dict(told["metrics"]),
        }
    except (ValueError, KeyError, TypeError):
        return None


def _about(training_id: str, model: str, now_us: int, what: str) -> dict[str, Any]:
    return {"id": f"{training_id}:{what}", "training_id": training_id, "model": model, "ts": format_time(now_us)}


def pack_state(state: State) -> bytes:
    """Return the state as JSON."""
    return msgspec.json.encode(state)


def unpack_state(packed: bytes | None) -> State:
    """Return what was packed, an empty state for None."""
    return State() if packed is None else msgspec.json.decode(packed, type=State)
