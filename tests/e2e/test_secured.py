"""The worker, and everything around it, against a broker that asks who is there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.embedded_kafka import EmbeddedKafka, SaslUser
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from connectors.kafka.reader import read_all
from connectors.kafka.writer import BulkWriter
from schemas.topics import ANOMALIES, READINGS
from tests.e2e.readings import healthy_then_fault
from tests.e2e.worker import Worker

PASSWORD = "not a default one"


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[KafkaConnection]:
    with EmbeddedKafka(tmp_path / "kafka", sasl=SaslUser("ann", PASSWORD)) as kafka:
        connection = KafkaConnection(
            kafka.bootstrap, "SASL_PLAINTEXT", sasl_mechanism="PLAIN", sasl_username="ann", sasl_password=PASSWORD
        )
        create_topics(connection, partitions=2)
        yield connection


def test_a_worker_with_the_password_from_a_file_does_its_work(secured: KafkaConnection, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    settings = {
        "STREAM_APP_KAFKA__PARTITIONS": "2",
        "STREAM_APP_KAFKA__SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "STREAM_APP_KAFKA__SASL_MECHANISM": "PLAIN",
        "STREAM_APP_KAFKA__SASL_USERNAME": "ann",
        "STREAM_APP_KAFKA__SASL_PASSWORD_FILE": str(secret),
    }
    with Worker(secured.brokers, tmp_path, **settings) as worker:
        worker.wait_ready()
        with BulkWriter(secured) as writer:
            for message in healthy_then_fault("fan-1/speed", 900, fault_at=850):
                writer.send(READINGS, b"fan-1", message)
        worker.wait_metric("pdm_readings_total", 900)
        assert worker.stop() == 0
        assert PASSWORD not in worker.log.read_text()
    assert any(b'"AnomalyRaised"' in (message.value or b"") for message in read_all(secured, ANOMALIES))
