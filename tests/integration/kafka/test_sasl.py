"""A broker that asks who is there: every client library is let in with the password, and nobody without."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import faust
import pytest

from connectors.embedded_kafka import EmbeddedKafka, SaslUser
from connectors.kafka.admin import create_topics, list_topics, wait_until_reachable
from connectors.kafka.connection import KafkaConnection
from connectors.kafka.reader import read_all
from connectors.kafka.writer import BulkWriter
from connectors.kafka_lane.credentials import broker_arguments
from schemas.errors import UnavailableError
from schemas.topics import Topic

PASSWORD = 'p"ss\\w;rd= #ü'


@pytest.fixture(scope="module")
def closed_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    folder: Path = tmp_path_factory.mktemp("sasl")
    with EmbeddedKafka(folder, sasl=SaslUser("ann", PASSWORD)) as kafka:
        yield kafka


def _connection(kafka: EmbeddedKafka, password: str = PASSWORD) -> KafkaConnection:
    return KafkaConnection(
        kafka.bootstrap,
        "SASL_PLAINTEXT",
        sasl_mechanism="PLAIN",
        sasl_username="ann",
        sasl_password=password,
    )


def test_admin_writer_and_reader_are_let_in(closed_broker: EmbeddedKafka) -> None:
    connection = _connection(closed_broker)
    assert create_topics(connection, names=[Topic("guarded", "none", "a test", 2)]) == ["guarded"]
    assert "guarded" in list_topics(connection)
    with BulkWriter(connection) as writer:
        writer.send("guarded", b"k", b"v")
    assert [message.value for message in read_all(connection, "guarded")] == [b"v"]


def test_faust_is_let_in(closed_broker: EmbeddedKafka, tmp_path: Path) -> None:
    connection = _connection(closed_broker)
    create_topics(connection, names=[Topic("guarded.faust", "none", "a test", 1)])
    arguments = broker_arguments(connection)

    async def produce_and_consume() -> bytes:
        app = faust.App(
            "sasl",
            **arguments,
            datadir=str(tmp_path),
            value_serializer="raw",
            topic_disable_leader=True,
            topic_allow_declare=False,
            web_enabled=False,
            consumer_auto_offset_reset="earliest",
        )
        topic = app.topic("guarded.faust")
        got: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        @app.agent(topic)
        async def look(stream: faust.StreamT[bytes]) -> None:
            async for value in stream:
                got.set_result(value)

        await app.start()
        try:
            await topic.send(value=b"through Faust")
            return await asyncio.wait_for(got, 30)
        finally:
            await app.stop()

    assert asyncio.run(produce_and_consume()) == b"through Faust"


def test_nobody_else_is_let_in(closed_broker: EmbeddedKafka) -> None:
    with pytest.raises(UnavailableError, match=r"no Kafka broker answers .*[Aa]uthentication"):
        wait_until_reachable(_connection(closed_broker, "guessed"), 1.5)
    with pytest.raises(UnavailableError, match="no Kafka broker answers"):
        wait_until_reachable(KafkaConnection(closed_broker.bootstrap), 1.5)
