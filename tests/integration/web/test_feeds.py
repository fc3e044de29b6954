"""The feeds on a real broker: what is published is shown, and what cannot be kept up with is skipped."""

import time
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from confluent_kafka import Producer

from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from connectors.kafka.follow import TopicFollower
from schemas.errors import UnavailableError
from schemas.topics import ANOMALIES, FEATURES, READINGS, SENSOR_HEALTH, SIGNALS
from stream_app.web.feeds import Feeds
from stream_app.web.fleet import fleet
from stream_app.web.sound.microphones import Microphones
from stream_app.web.store import Store
from tests.conftest import NewTopic
from tests.unit.web.filled import anomaly, bands, block, health, reading

_numbers = count(1)


@pytest.fixture
def publish(connection: KafkaConnection) -> Callable[..., None]:
    producer = Producer(connection.librdkafka())

    def send(topic: str, *values: bytes, age_s: float = 0.0) -> None:
        for value in values:
            producer.produce(topic, value, b"key", timestamp=int((time.time() - age_s) * 1000))
        assert producer.flush(10) == 0

    return send


@pytest.fixture
def asset() -> str:
    """An asset that no other test has: the topics are shared."""
    return f"press-{time.time_ns()}-{next(_numbers)}"


@pytest.fixture
def feeds(connection: KafkaConnection) -> Iterator[tuple[Feeds, Store]]:
    create_topics(connection)
    store = Store()
    made = Feeds(connection, store, Microphones())
    yield made, store
    made.stop()


def until(holds: Callable[[], bool], within_s: float = 30.0) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_is_published_is_shown(feeds: tuple[Feeds, Store], publish: Callable[..., None], asset: str) -> None:
    made, store = feeds
    speed = f"{asset}/speed"
    publish(READINGS, *(reading(speed, i) for i in range(5)), age_s=60)
    publish(READINGS, reading(f"{asset}/old", 0), age_s=3600)
    publish(ANOMALIES, anomaly(asset, speed, 3), age_s=86_400)
    made.start()
    until(lambda: made.ready)
    until(lambda: store.sensors.find(speed) is not None and bool(store.anomalies.open_by_asset.get(asset)))
    [tile] = fleet(store, asset, 10).assets
    assert tile.state == "act"

    publish(READINGS, b"no json", reading(speed, 5))
    publish(SIGNALS, block(speed, 50.0))
    publish(SENSOR_HEALTH, health(speed, "noisy"))
    publish(FEATURES, bands(speed))
    publish(ANOMALIES, anomaly(asset, speed, 3, end=4))
    row = store.sensors.find(speed)
    assert row is not None
    until(lambda: store.sensors.rings.written(row) == 6 and store.bands.written(row) > 0)
    until(lambda: store.spectra.get(speed) is not None and store.health.get(asset, speed) is not None)
    until(lambda: not store.anomalies.open_by_asset.get(asset))
    assert store.sensors.find(f"{asset}/old") is None, "longer ago than fifteen minutes"
    began = time.monotonic()
    made.stop()
    assert time.monotonic() - began < 1.5


def test_skipping_to_the_end(connection: KafkaConnection, new_topic: NewTopic, publish: Callable[..., None]) -> None:
    topic = new_topic(partitions=1)
    publish(topic, *(b"%d" % i for i in range(100)))
    with TopicFollower(connection, topic, {0: 40}) as follower:
        found: list[bytes | None] = []
        while not found:
            found = [value for *_, value in follower.records(0.2)]
        assert found[0] == b"40"
        publish(topic, *(b"%d" % i for i in range(100, 200)))
        until(lambda: bool(follower.records(0.2)) or follower.lag() > 0)
        follower.skip_to_end()
        assert follower.lag() == 0
        # What comes from the skip on is read, and nothing of before.
        last: list[bytes | None] = []

        def sent_and_read() -> bool:
            publish(topic, b"last")
            last.extend(value for *_, value in follower.records(0.5))
            return bool(last)

        until(sent_and_read)
        assert set(last) == {b"last"}


def test_a_topic_that_is_missing_is_told(connection: KafkaConnection) -> None:
    with pytest.raises(UnavailableError, match="does not exist"):
        TopicFollower(connection, "test.no-such-topic", "beginning")
