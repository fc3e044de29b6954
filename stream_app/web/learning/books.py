"""The events of models, drift and retraining that the page remembers."""

from pydantic import ValidationError

from schemas.drift import DriftDetected, decode_drift
from schemas.errors import BadDataError
from schemas.model_events import ModelEvent, decode_model_event
from schemas.retraining import RetrainingEvent, decode_retraining
from stream_app.web.event_log import EventLog


class Learned:
    """One log a topic."""

    def __init__(self) -> None:
        self.models: EventLog[ModelEvent] = EventLog(decode_model_event)
        self.drift: EventLog[DriftDetected] = EventLog(_drift)
        self.retraining: EventLog[RetrainingEvent] = EventLog(_retraining)


def _drift(message: bytes) -> DriftDetected | None:
    try:
        return decode_drift(message)
    except BadDataError:
        return None


def _retraining(message: bytes) -> RetrainingEvent | None:
    try:
        return decode_retraining(message)
    except ValidationError:
        return None
