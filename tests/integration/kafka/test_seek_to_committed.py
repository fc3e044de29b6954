"""Where a consumer goes on when what it had fetched was not taken: nothing may be passed over."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from connectors.kafka.connection import KafkaConnection
from connectors.kafka_lane.consumer import seek_to_committed
from tests.conftest import NewTopic
from tests.e2e.readings import publish


async def read(consumer: AIOKafkaConsumer, records: int) -> list[bytes]:
    """The next values; an empty list where none come."""
    found: list[bytes] = []
    while len(found) < records:
        fetched = await consumer.getmany(timeout_ms=5_000)
        if not fetched:
            break
        found += [record.value for of_partition in fetched.values() for record in of_partition]
    return found


def test_partitions_without_a_commit_are_read_again_from_their_begin(
    connection: KafkaConnection, new_topic: NewTopic
) -> None:
    fresh, committed, left = new_topic(), new_topic(), new_topic()

    async def run() -> None:
        consumer = AIOKafkaConsumer(
            fresh, committed, left, bootstrap_servers=connection.brokers, group_id=f"of-{fresh}",
            auto_offset_reset="earliest", enable_auto_commit=False,
        )  # fmt: skip
        await consumer.start()
        try:
            for topic in (fresh, committed, left):
                publish(connection.brokers, topic, [("k", f"{topic} {n}".encode()) for n in range(3)])
            assert len(await read(consumer, 9)) == 9
            await consumer.commit({TopicPartition(committed, 0): 1})
            told = await seek_to_committed(consumer, {left})
            assert told == {
                TopicPartition(fresh, 0): None,
                TopicPartition(committed, 0): 1,
                TopicPartition(left, 0): None,
            }
            again = await read(consumer, 5)
            assert sorted(again) == sorted(
                [*(f"{fresh} {n}".encode() for n in range(3)), *(f"{committed} {n}".encode() for n in (1, 2))]
            )
            assert await consumer.position(TopicPartition(left, 0)) == 3
        finally:
            await consumer.stop()

    asyncio.run(run())
