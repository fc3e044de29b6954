"""Prometheus metrics of a worker."""

from prometheus_client import Counter, Gauge, Histogram

from agents.outputs import Applied

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)

READINGS = Counter("pdm_readings", "Readings applied", ["lane"])
BATCHES = Counter("pdm_batches", "Record batches processed", ["lane"])
BATCH_SECONDS = Histogram(
    "pdm_batch_seconds", "Time on a batch: decode, score, hand over events", ["lane"], buckets=_SECONDS
)
READING_LATENCY = Histogram(
    "pdm_reading_latency_seconds",
    "From the timestamp of a batch's oldest record until its events were handed to the producer",
    ["lane"],
    buckets=_SECONDS,
)
EVENT_LATENCY = Histogram(
    "pdm_event_latency_seconds",
    "From the timestamp of the source record until the broker acknowledged the event",
    ["lane"],
    buckets=_SECONDS,
)
CHECKPOINT_SECONDS = Histogram("pdm_checkpoint_seconds", "Time on a checkpoint", ["lane"], buckets=_SECONDS)
CHECKPOINT_STATES = Counter("pdm_checkpoint_states", "Packed states written", ["lane"])
LAST_CHECKPOINT = Gauge("pdm_last_checkpoint_timestamp_seconds", "When the last checkpoint ended", ["lane"])
LAG = Gauge("pdm_lag_records", "Records between the applied offset and the end", ["topic", "partition"])
DEAD_LETTERS = Counter("pdm_dead_letters", "Refused input", ["lane", "reason"])
LATE = Counter("pdm_late", "Readings beyond the grace time", ["lane"])
DUPLICATES = Counter("pdm_duplicates", "Readings seen before", ["lane"])
UNKNOWN_FIELDS = Counter("pdm_unknown_fields", "Unknown fields ignored", ["lane"])
ANOMALIES = Counter("pdm_anomalies", "Anomaly transitions", ["kind", "transition"])
HEALTH = Counter("pdm_sensor_health_changes", "Changes of sensor health", ["state"])
SENSORS = Gauge("pdm_sensors", "Series held by this worker", ["lane"])
STATE_BYTES = Gauge("pdm_state_bytes", "State in memory", ["lane"])
TWO_PARTITIONS = Counter("pdm_sensors_in_two_partitions", "Sensors of this worker seen in a second partition")
REPEATS_SKIPPED = Counter("pdm_repeats_skipped", "Events that recovery found already published", ["lane"])
DETECTOR_WEIGHT = Gauge(
    "pdm_detector_weight",
    "Part of a detector in the judgement of windows (0 to 1)",
    ["partition", "sensor_type", "detector"],
)


def count(lane: str, applied: Applied) -> None:
    """Add what a batch counted."""
    READINGS.labels(lane).inc(applied.units)
    BATCHES.labels(lane).inc()
    for metric, n in (
        (LATE, applied.late),
        (DUPLICATES, applied.duplicates),
        (UNKNOWN_FIELDS, applied.unknown_fields),
    ):
        if n:
            metric.labels(lane).inc(n)
    if applied.in_two_partitions:
        TWO_PARTITIONS.inc(applied.in_two_partitions)
    for reason, n in applied.refused.items():
        DEAD_LETTERS.labels(lane, reason).inc(n)
    for (kind, transition), n in applied.transitions.items():
        ANOMALIES.labels(kind, transition).inc(n)
    for state, n in applied.health.items():
        HEALTH.labels(state).inc(n)
