"""Questions to a real cluster whose partitions have no leader yet."""

from collections.abc import Callable

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from connectors.kafka import cluster_question
from connectors.kafka.connection import KafkaConnection
from schemas.errors import UnavailableError


def refusing(times: int, code: int, asked: list[int]) -> Callable[[AdminClient], str]:
    def question(client: AdminClient) -> str:
        asked.append(code)
        if len(asked) <= times:
            raise KafkaException(KafkaError(code))
        return "answer"

    return question


def test_a_partition_without_a_leader_is_asked_about_again(
    connection: KafkaConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_question, "_LEADERS_AFTER_S", 0.01)
    asked: list[int] = []
    question = refusing(3, KafkaError.NOT_LEADER_FOR_PARTITION, asked)
    assert cluster_question.ask(connection, "its offsets", question) == "answer"
    assert len(asked) == 4


def test_any_other_refusal_is_told_at_once(connection: KafkaConnection) -> None:
    asked: list[int] = []
    question = refusing(1, KafkaError.TOPIC_AUTHORIZATION_FAILED, asked)
    with pytest.raises(UnavailableError, match="does not tell its offsets"):
        cluster_question.ask(connection, "its offsets", question)
    assert len(asked) == 1
