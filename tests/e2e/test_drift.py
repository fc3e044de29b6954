"""A real learn worker on a real broker: a fleet that shifts is told, a healthy one is not, through a kill."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.settle import wait_until_committed
from connectors.embedded_kafka.broker import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from schemas.drift import DriftDetected, decode_drift
from schemas.topics import ANOMALIES, DEAD_LETTERS, DRIFT, FEATURES, LABELS, MODELS, drift_slots
from tests.e2e.feature_blocks import ASSETS, SLOT_S, TYPES, blocks
from tests.e2e.readings import START_S, events, publish, read
from tests.e2e.worker import Worker
from tests.labelled_faults import cleared, label, promoted, raised

GROUP = "pdm-learn"
SETTINGS = {
    "STREAM_APP_KAFKA__PARTITIONS": "4",
    "STREAM_APP_KAFKA__SESSION_TIMEOUT_S": "6",
    "STREAM_APP_DRIFT__SLOT_S": str(SLOT_S),
    "STREAM_APP_DRIFT__SEASON_S": "0",
    "STREAM_APP_DRIFT__LEARN_SLOTS": "20",
    "STREAM_APP_QUARANTINE__LOOK_BACK_S": "60",
}


@pytest.fixture
def brokers(tmp_path: Path) -> Iterator[str]:
    with EmbeddedKafka(tmp_path / "kafka") as kafka:
        create_topics(KafkaConnection(kafka.bootstrap), partitions=4, replication_factor=1)
        yield kafka.bootstrap


def drift(brokers: str) -> list[DriftDetected]:
    return [decode_drift(value) for *_, value, _ in read(brokers, DRIFT)]


def wait_until_judged(brokers: str, *topics: str) -> None:
    """Wait until both steps have taken, for good, what is on the topics."""
    for topic in (*topics, drift_slots(GROUP).name):
        assert wait_until_committed(KafkaConnection(brokers), GROUP, topic, 30.0, lambda: None), topic


def test_a_shifted_fleet_and_a_champion_that_misses_faults_are_told_once_through_a_kill(
    brokers: str, tmp_path: Path
) -> None:
    with Worker(brokers, tmp_path, role="learn", **SETTINGS) as worker:
        worker.wait_ready()
        publish(brokers, FEATURES, [*blocks(0, 60, 0.0), ("pump-0", b"\xc1 no block")])
        worker.wait_metric("pdm_dead_letters_total", 1)
        worker.wait_metric("pdm_sensors", 2 * len(TYPES) * len(ASSETS))  # in both steps
        worker.kill()
    assert drift(brokers) == []
    publish(brokers, FEATURES, blocks(60, 75, 4.0))
    publish(brokers, MODELS, [("pdm.readings.pressure", promoted("3", "pressure"))])
    publish(brokers, ANOMALIES, [("pump-1", event(0, "3", "pressure")) for event in (raised, cleared)])
    with Worker(brokers, tmp_path, role="learn", **SETTINGS) as worker:
        worker.wait_ready()
        wait_until_judged(brokers, FEATURES, MODELS, ANOMALIES)
        publish(brokers, LABELS, [("pump-1", label("fault", number)) for number in range(5)])
        wait_until_judged(brokers, LABELS)
        assert worker.stop() == 0, worker.log.read_text()[-3000:]

    loss, found = sorted(drift(brokers), key=lambda event: event.model)
    assert (loss.model, loss.cause, loss.suggested_action) == ("pdm.readings.pressure", "performance_loss", "retrain")
    assert loss.performance is not None
    assert (loss.performance.found, loss.performance.missed, loss.performance.version) == (1, 4, "3")
    assert (found.model, found.cause, found.suggested_action) == ("pdm.readings.temperature", "fleet_shift", "retrain")
    assert found.assets == ASSETS
    assert {feature.name for feature in found.features} == {"mean"}
    changed_us = (START_S + 60 * SLOT_S) // SLOT_S * SLOT_S
    assert found.changed_at.startswith(np.datetime_as_string(np.datetime64(changed_us, "s")))
    assert found.changed_at < found.ts
    told = {key: headers["ce_id"].decode() for _, _, key, _, headers in read(brokers, DRIFT)}
    assert told == {b"pdm.readings.temperature": found.id, b"pdm.readings.pressure": loss.id}
    assert {event["anomaly_id"] for event in events(brokers, ANOMALIES)} == {"0-3-pressure"}
    (letter,) = events(brokers, DEAD_LETTERS)
    assert letter["source"]["topic"] == FEATURES
