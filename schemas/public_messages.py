"""Which message travels on which topic: the list that every published document is made from."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from schemas import topics
from schemas.anomaly import AnomalyCleared, AnomalyRaised
from schemas.anomaly_record import CLEARED_CE_TYPE, RAISED_CE_TYPE
from schemas.audio_frame import AudioFrameModel
from schemas.audit import CE_TYPE as AUDIT_CE_TYPE
from schemas.audit import ChangeMade
from schemas.dead_letter import CE_TYPE as DEAD_LETTER_CE_TYPE
from schemas.dead_letter import DeadLettered
from schemas.drift import CE_TYPE as DRIFT_CE_TYPE
from schemas.drift import DriftDetected
from schemas.feature_block import FeatureBlockModel
from schemas.late import CE_TYPE as LATE_CE_TYPE
from schemas.late import LateReading
from schemas.model_events import MODEL_CE_TYPES
from schemas.reading import Reading
from schemas.retraining import RETRAINING_CE_TYPES
from schemas.sensor_health import SensorHealthChanged
from schemas.sensor_health_record import CE_TYPE as HEALTH_CE_TYPE
from schemas.shadow_block import ShadowBlockModel
from schemas.signal import SignalBlockModel

Direction = Literal["in", "out"]


@dataclass(frozen=True, slots=True)
class PublicMessage:
    """A message on a topic: `in` is read by us, `out` is published by us, with CloudEvents headers where `ce_type`."""

    topic: str
    direction: Direction
    model: type[BaseModel]
    ce_type: str | None = None
    note: str = ""
    content_type: str = "application/json"

    @property
    def name(self) -> str:
        """The message's name in documents: that of its model, without what only Python needs."""
        return self.model.__name__.removesuffix("Model")


PUBLIC_MESSAGES: tuple[PublicMessage, ...] = (
    PublicMessage(
        topics.READINGS,
        "in",
        Reading,
        note="One object, an array of objects, or newline-delimited objects.",
    ),
    PublicMessage(topics.SIGNALS, "in", SignalBlockModel, note="The same fields as msgpack map, or as JSON object."),
    PublicMessage(
        topics.AUDIO_FRAMES,
        "in",
        AudioFrameModel,
        note="msgpack map or JSON object; or the sound alone, with the other fields as Kafka headers of these names.",
    ),
    PublicMessage(topics.FEATURES, "out", FeatureBlockModel, content_type="application/msgpack"),
    PublicMessage(topics.ANOMALIES, "out", AnomalyRaised, RAISED_CE_TYPE),
    PublicMessage(topics.ANOMALIES, "out", AnomalyCleared, CLEARED_CE_TYPE),
    PublicMessage(topics.SENSOR_HEALTH, "out", SensorHealthChanged, HEALTH_CE_TYPE),
    *(PublicMessage(topics.MODELS, "out", event, ce_type) for event, ce_type in MODEL_CE_TYPES.items()),
    PublicMessage(topics.SHADOW, "out", ShadowBlockModel, content_type="application/msgpack"),
    PublicMessage(topics.DRIFT, "out", DriftDetected, DRIFT_CE_TYPE),
    *(PublicMessage(topics.RETRAINING, "out", model, ce_type) for model, ce_type in RETRAINING_CE_TYPES.items()),
    PublicMessage(topics.DEAD_LETTERS, "out", DeadLettered, DEAD_LETTER_CE_TYPE),
    PublicMessage(topics.LATE, "out", LateReading, LATE_CE_TYPE),
    PublicMessage(topics.AUDIT, "out", ChangeMade, AUDIT_CE_TYPE),
)
