"""One real Kafka for the whole test session, and fresh topics for whoever asks."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from connectors.embedded_kafka import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from schemas.topics import Topic

NewTopic = Callable[..., str]

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """A broker shared by the session's tests: use topics of your own (`new_topic`)."""
    with EmbeddedKafka(tmp_path_factory.mktemp("kafka")) as running:
        yield running


@pytest.fixture
def connection(broker: EmbeddedKafka) -> KafkaConnection:
    """How to reach the shared broker."""
    return KafkaConnection(broker.bootstrap)


@pytest.fixture
def new_topic(connection: KafkaConnection) -> NewTopic:
    """Create a topic that no other test has and return its name: `new_topic(partitions=2, config={…})`."""

    def create(partitions: int = 1, config: dict[str, str] | None = None) -> str:
        topic = Topic(f"test.{next(_numbers)}", "none", "a test", partitions, config or {})
        create_topics(connection, names=[topic])
        return topic.name

    return create
