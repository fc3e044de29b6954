"""Reader and writer against a real broker."""

import threading
import time

import pytest
from aiokafka.partitioner import DefaultPartitioner

from connectors.embedded_kafka.serving import free_port
from connectors.kafka.admin import wait_until_reachable
from connectors.kafka.connection import KafkaConnection
from connectors.kafka.reader import read_all
from connectors.kafka.writer import BulkWriter
from schemas.errors import UnavailableError, UsageError
from tests.conftest import NewTopic


def test_everything_comes_back_as_it_was_sent(connection: KafkaConnection, new_topic: NewTopic) -> None:
    topic = new_topic(partitions=3)
    sent = [(f"pump-{i % 7}".encode(), f"{i}".encode()) for i in range(20_000)]
    with BulkWriter(connection) as writer:
        for i, (key, value) in enumerate(sent):
            writer.send(topic, key, value, timestamp_ms=1_700_000_000_000 + i)
        writer.send(topic, None, None, headers=[("ce_id", b"x"), ("ce_id", b"y")], partition=2)

    messages = list(read_all(connection, topic))
    by_key = {key: [m.value for m in messages if m.key == key] for key in {key for key, _ in sent}}
    assert by_key == {key: [v for k, v in sent if k == key] for key in by_key}
    assert all(m.timestamp_ms == 1_700_000_000_000 + int(m.value) for m in messages if m.value)
    last = messages[-1] if messages[-1].value is None else next(m for m in messages if m.value is None)
    assert (last.partition, last.key, last.headers) == (2, None, [("ce_id", b"x"), ("ce_id", b"y")])


def test_keys_land_where_faust_would_put_them(connection: KafkaConnection, new_topic: NewTopic) -> None:
    topic = new_topic(partitions=8)
    partitions = list(range(8))
    expected = DefaultPartitioner()
    with BulkWriter(connection) as writer:
        for i in range(200):
            writer.send(topic, f"asset-ä-{i}".encode(), b"1")
    assert all(
        message.partition == expected(message.key, partitions, partitions) for message in read_all(connection, topic)
    )


def test_places_to_start_from(connection: KafkaConnection, new_topic: NewTopic) -> None:
    topic = new_topic(partitions=2)
    with BulkWriter(connection) as writer:
        for i in range(10):
            writer.send(topic, None, str(i).encode(), partition=i % 2, timestamp_ms=1_000_000 + 1_000 * i)

    def values(start: object) -> list[str]:
        return sorted((m.value or b"").decode() for m in read_all(connection, topic, start))  # type: ignore[arg-type]

    assert values("beginning") == list("0123456789")
    assert values("end") == []
    assert values(1_007_000) == ["7", "8", "9"]
    assert values(2_000_000) == []
    assert values({1: 3}) == ["7", "9"]


def test_compacted_ends_are_reached(connection: KafkaConnection, new_topic: NewTopic) -> None:
    # A transaction marker takes the last offset without being a record, as does a compacted record.
    from confluent_kafka import Producer

    topic = new_topic()
    producer = Producer({**connection.librdkafka(), "transactional.id": topic})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, b"kept")
    producer.commit_transaction(30)
    deadline_s = time.monotonic() + 10
    # The marker is written a moment after the commit is answered.
    while not (seen := [m.value for m in read_all(connection, topic)]):
        assert time.monotonic() < deadline_s
    assert seen == [b"kept"]
    assert time.monotonic() < deadline_s


def test_following_gets_what_comes_later(connection: KafkaConnection, new_topic: NewTopic) -> None:
    topic = new_topic(partitions=2)
    with BulkWriter(connection) as writer:
        writer.send(topic, b"k", b"before")
    following = read_all(connection, topic, follow=True)
    assert next(following).value == b"before"

    def later() -> None:
        time.sleep(0.5)
        with BulkWriter(connection) as writer:
            writer.send(topic, b"other", b"after")

    thread = threading.Thread(target=later)
    thread.start()
    assert next(following).value == b"after"
    following.close()  # type: ignore[attr-defined]
    thread.join()


def test_back_pressure_loses_nothing(connection: KafkaConnection, new_topic: NewTopic) -> None:
    topic = new_topic()
    with BulkWriter(connection, linger_ms=0) as writer:
        for i in range(250_000):  # more than the queue of the writer holds
            writer.send(topic, None, i.to_bytes(4, "big"))
    assert all(
        int.from_bytes(m.value or b"", "big") == i
        for i, m in zip(range(250_000), read_all(connection, topic), strict=True)
    )


def test_an_unknown_topic_is_named(connection: KafkaConnection) -> None:
    with pytest.raises(UnavailableError, match=r"topic no\.such\.topic does not exist .* topics create"):
        list(read_all(connection, "no.such.topic"))
    writer = BulkWriter(connection)
    writer.send("no.such.topic", None, b"1")
    with pytest.raises(UnavailableError, match=r"topic no\.such\.topic was not delivered"):
        writer.flush()
    with pytest.raises(UnavailableError, match="was not delivered"):
        writer.send("no.such.topic", None, b"2")


def test_a_record_beyond_the_limit_is_refused_at_once(connection: KafkaConnection, new_topic: NewTopic) -> None:
    writer = BulkWriter(connection)
    with pytest.raises(UsageError, match="2000000 bytes"):
        writer.send(new_topic(), None, bytes(2_000_000))


def test_an_absent_broker_is_told_in_time() -> None:
    away = KafkaConnection(f"127.0.0.1:{free_port()}")
    begun_s = time.monotonic()
    with pytest.raises(UnavailableError, match=f"no Kafka broker answers at {away.brokers} .*refused"):
        wait_until_reachable(away, 1.0)
    assert time.monotonic() - begun_s < 4
