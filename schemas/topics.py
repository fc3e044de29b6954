"""Every topic of the system, declared once."""

from dataclasses import dataclass, field

DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic: `partitions` None means the configured default; `config` holds broker-side topic settings."""

    name: str
    key: str
    about: str
    partitions: int | None = None
    config: dict[str, str] = field(default_factory=dict)


def _kept_for(days: float) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(int(days * DAY_MS))}


READINGS = "pdm.readings.v1"
SIGNALS = "pdm.signals.v1"
AUDIO_FRAMES = "pdm.audio.frames.v1"
FEATURES = "pdm.features.v1"
ANOMALIES = "pdm.anomalies.v1"
SENSOR_HEALTH = "pdm.sensor_health.v1"
INCIDENTS = "pdm.incidents.v1"
LABELS = "pdm.labels.v1"
DRIFT = "pdm.drift.v1"
RETRAINING = "pdm.retraining.v1"
MODELS = "pdm.models.v1"
SHADOW = "pdm.shadow.v1"
FORECASTS = "pdm.forecasts.v1"
DEAD_LETTERS = "pdm.dead_letters.v1"
LATE = "pdm.late.v1"
AUDIT = "pdm.audit.v1"

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        Topic(READINGS, "asset_id", "sensor readings", config=_kept_for(7)),
        Topic(SIGNALS, "asset_id", "waveform blocks", config=_kept_for(2)),
        Topic(AUDIO_FRAMES, "asset_id", "microphone frames", config=_kept_for(1)),
        Topic(FEATURES, "asset_id", "feature blocks", config=_kept_for(30)),
        Topic(ANOMALIES, "asset_id", "anomalies raised and cleared", config=_kept_for(365)),
        Topic(SENSOR_HEALTH, "sensor_id", "sensor health changes", config=_kept_for(365)),
        Topic(INCIDENTS, "asset_id", "incident life cycle", config=_kept_for(365)),
        Topic(LABELS, "asset_id", "operator labels", config=_kept_for(3650)),
        Topic(DRIFT, "model name", "drift detected", config=_kept_for(365)),
        Topic(RETRAINING, "model name", "retraining life cycle", config=_kept_for(365)),
        Topic(MODELS, "model name", "model life cycle", config=_kept_for(365)),
        Topic(SHADOW, "asset_id", "what challengers say beside champions", config=_kept_for(7)),
        Topic(FORECASTS, "sensor_id", "forecasts and time to threshold", config=_kept_for(30)),
        Topic(DEAD_LETTERS, "as the source", "refused input", config=_kept_for(30)),
        Topic(LATE, "as the source", "readings beyond the grace time", config=_kept_for(30)),
        Topic(AUDIT, "actor", "who changed what", config=_kept_for(3650)),
    )
}

RETRIED = Topic(
    "pdm.dead_letters.retried.v1",
    "dead letter id",
    "dead letters sent back",
    partitions=1,
    # Longer than the letters are kept: a letter that can be read can be told to have been sent back.
    config=_kept_for(90),
)


def readings_by_asset(group: str) -> Topic:
    """Declare the internal topic of a consumer group's readings after re-keying."""
    return Topic(f"{group}-readings-by-asset", "asset_id", "readings re-keyed by asset", config=_kept_for(1))


def drift_slots(group: str) -> Topic:
    """Declare the internal topic of closed slots of feature rows; all under one key, in one order."""
    return Topic(f"{group}-drift-slots", "drift", "feature rows of assets by slots", config=_kept_for(1))


def training_log(group: str) -> Topic:
    """Declare the internal topic of what the retraining policy decides on; all under one key, in one order."""
    return Topic(f"{group}-training-log", "training", "drift, and trainings begun and ended", config=_kept_for(7))


def changelog(name: str) -> Topic:
    """Declare the changelog of a state table.

    A worker that lost its partition may still append a state that does not count; for a minute both are kept, so that
    recovery sees the one that does.
    """
    return Topic(
        name,
        "sensor_id",
        "state of a table",
        config={
            "cleanup.policy": "compact",
            "min.compaction.lag.ms": "60000",
            "min.cleanable.dirty.ratio": "0.2",
            "segment.bytes": str(64 * 1024 * 1024),
        },
    )
