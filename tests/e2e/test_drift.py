"""A real learn worker on a real broker: a fleet that shifts is told, a healthy one is not, through a kill."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from connectors.embedded_kafka.broker import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from schemas.drift import DriftDetected, decode_drift
from schemas.topics import ANOMALIES, DEAD_LETTERS, DRIFT, FEATURES
from tests.e2e.feature_blocks import ASSETS, ROWS, SLOT_S, TYPES, blocks
from tests.e2e.readings import START_S, events, publish, read
from tests.e2e.worker import Worker

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


def test_a_shifted_fleet_is_told_once_through_a_kill(brokers: str, tmp_path: Path) -> None:
    with Worker(brokers, tmp_path, role="learn", **SETTINGS) as worker:
        worker.wait_ready()
        publish(brokers, FEATURES, [*blocks(0, 60, 0.0), ("pump-0", b"\xc1 no block")])
        worker.wait_metric("pdm_dead_letters_total", 1)
        worker.wait_metric("pdm_sensors", 2 * len(TYPES) * len(ASSETS))  # in both steps
        worker.kill()
    assert drift(brokers) == []
    publish(brokers, FEATURES, blocks(60, 75, 4.0))
    with Worker(brokers, tmp_path, role="learn", **SETTINGS) as worker:
        worker.wait_ready()
        # Rows in the first step, closed slots in the second; drift is told in the middle of them.
        worker.wait_metric("pdm_readings_total", (15 * ROWS * len(TYPES) + 14) * len(ASSETS))
        assert worker.stop() == 0, worker.log.read_text()[-3000:]

    (found,) = drift(brokers)
    assert (found.model, found.cause, found.suggested_action) == ("pdm.readings.temperature", "fleet_shift", "retrain")
    assert found.assets == ASSETS
    assert {feature.name for feature in found.features} == {"mean"}
    changed_us = (START_S + 60 * SLOT_S) // SLOT_S * SLOT_S
    assert found.changed_at.startswith(np.datetime_as_string(np.datetime64(changed_us, "s")))
    assert found.changed_at < found.ts
    ((_, _, key, _, headers),) = read(brokers, DRIFT)
    assert key == b"pdm.readings.temperature"
    assert headers["ce_id"].decode() == found.id
    assert events(brokers, ANOMALIES) == []
    (letter,) = events(brokers, DEAD_LETTERS)
    assert letter["source"]["topic"] == FEATURES
