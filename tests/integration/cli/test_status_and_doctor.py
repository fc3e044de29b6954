"""What `status` and `doctor` see of a real cluster."""

from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from agents.state_keys import hot_key
from connectors.embedded_kafka import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from connectors.kafka.group_lag import group_standing
from connectors.kafka.topic_facts import Span
from connectors.kafka.writer import BulkWriter
from schemas.topics import READINGS, TOPICS, Topic, changelog
from tests.integration.cli.conftest import Command


def finding(report: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [one for one in report["findings"] if one["name"] == name]
    return dict(found)


def test_status_names_topics_groups_and_workers(
    command: Command, connection: KafkaConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAM_APP_KAFKA__GROUP", "status-test")
    monkeypatch.setenv("STREAM_APP_WORKER__PORT", "1")
    before = {topic["name"]: topic for topic in command("status")["topics"]}[READINGS]["records"]
    with BulkWriter(connection) as writer:
        for i in range(5):
            writer.send(READINGS, b"k", b"{}", partition=i % 2)
    status = command("status")
    topics = {topic["name"]: topic for topic in status["topics"]}
    assert set(TOPICS) <= set(topics)
    assert topics[READINGS]["records"] == before + 5
    group, learning = status["groups"]
    assert (group["group"], group["state"], group["members"]) == ("status-test-monitor", "absent", 0)
    assert group["lag"] >= 5
    assert (learning["group"], learning["state"]) == ("status-test-learn", "absent")
    (worker,) = status["workers"]
    assert (worker["alive"], worker["ready"], worker["url"]) == (False, False, "http://127.0.0.1:1")


def test_lag_is_counted_from_the_commit(connection: KafkaConnection, new_topic: Any) -> None:
    topic = new_topic(partitions=2)
    with BulkWriter(connection) as writer:
        for _ in range(4):
            writer.send(topic, b"k", b"v", partition=0)
            writer.send(topic, b"k", b"v", partition=1)
    settings = {**connection.librdkafka(), "group.id": f"group-of-{topic}", "auto.offset.reset": "earliest"}
    consumer = Consumer(settings)
    spans = {(topic, 0): Span(0, 4), (topic, 1): Span(1, 4)}
    try:
        consumer.subscribe([topic])
        consumer.consume(1, 10.0)
        consumer.commit(offsets=[TopicPartition(topic, 0, 3)], asynchronous=False)
        standing = group_standing(connection, f"group-of-{topic}", spans)
    finally:
        consumer.close()
    assert (standing.state, standing.members) == ("stable", 1)
    assert standing.committed == {(topic, 0): 3}
    assert standing.lag(spans) == {(topic, 0): 1, (topic, 1): 3}


def test_doctor_sees_sensors_in_two_partitions(
    command: Command, connection: KafkaConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAM_APP_KAFKA__GROUP", "doctor-test")
    name = "doctor-test-monitor-series-changelog"
    create_topics(connection, partitions=8, names=[changelog(name)])
    with BulkWriter(connection) as writer:
        for partition in (0, 3):
            writer.send(name, hot_key("pump-1/flow"), bytes(8), partition=partition)
        writer.send(name, hot_key("pump-2/flow"), bytes(8), partition=3)
    report = command("doctor", code=_code_of_a_group_without_workers(command))
    assert finding(report, "partitions")["verdict"] == "attention"
    assert "1 sensors in two partitions: pump-1/flow" in finding(report, "partitions")["detail"]
    assert finding(report, "topics")["verdict"] == "ok"
    assert finding(report, "Kafka")["verdict"] == "ok"
    assert finding(report, "settings")["verdict"] == "ok"


def _code_of_a_group_without_workers(command: Command) -> int:
    """Others may have left readings on the shared broker, which then wait for a worker in vain."""
    return 4 if any(group["lag"] for group in command("status")["groups"]) else 0


def test_doctor_misses_a_topic(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connection: KafkaConnection
) -> None:
    lonely = Topic("pdm.never.made.v1", "none", "for this test alone")
    monkeypatch.setitem(TOPICS, lonely.name, lonely)
    report = command("doctor", code=4)
    assert finding(report, "topics")["verdict"] == "broken"
    assert "pdm.never.made.v1" in finding(report, "topics")["detail"]
    assert "topics create" in finding(report, "topics")["remedy"]


def test_doctor_without_a_broker(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_APP_BROKERS", "127.0.0.1:1")
    report = command("doctor", code=4)
    assert not report["well"]
    assert "127.0.0.1:1" in finding(report, "Kafka")["detail"]


def test_doctor_with_wrong_settings(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_APP_WEB__PROT", "1")
    report = command("doctor", code=3)
    assert "did you mean STREAM_APP_WEB__PORT?" in finding(report, "settings")["detail"]


def test_status_without_a_broker(command: Command, monkeypatch: pytest.MonkeyPatch, broker: EmbeddedKafka) -> None:
    monkeypatch.setenv("STREAM_APP_BROKERS", "127.0.0.1:1")
    assert "127.0.0.1:1" in command("status", code=4)
    monkeypatch.delenv("STREAM_APP_BROKERS")
    assert "No Kafka is configured and none runs in" in command("status", code=4)
