"""Faust's producer, idempotent, sending ready-made batches to explicit partitions."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from faust.transport.drivers import aiokafka as driver

# key, value, headers
Record = tuple[bytes | None, bytes, list[tuple[str, bytes]]]
# aiokafka's batch, and how many records it holds
Batch = tuple[Any, int]


class BatchProducer(driver.Producer):
    """Producer that keeps order and never doubles a record on a retry."""

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}

    def batches(self, records: Iterable[Record]) -> list[Batch]:
        """Return `records` as batches ready to be sent, in order."""
        producer = self._ensure_producer()
        made: list[Batch] = []
        batch, count = producer.create_batch(), 0
        for key, value, headers in records:
            # A batch always takes its first record, however large, so the second attempt cannot fail.
            if batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
                made.append((batch, count))
                batch, count = producer.create_batch(), 0
                batch.append(key=key, value=value, timestamp=None, headers=headers)
            count += 1
        if count:
            made.append((batch, count))
        return made

    async def send_batches(
        self, topic: str, partition: int, batches: Iterable[Batch]
    ) -> list[tuple["asyncio.Future[Any]", int]]:
        """Queue batches in order; return a future of each and how many records it holds.

        The future's result has the offset of the batch's first record.
        """
        producer = self._ensure_producer()
        return [(await producer.send_batch(batch, topic, partition=partition), count) for batch, count in batches]

    async def send_records(
        self, topic: str, partition: int, records: Iterable[Record]
    ) -> list[tuple["asyncio.Future[Any]", int]]:
        """Queue `records` in order, as `send_batches` does."""
        return await self.send_batches(topic, partition, self.batches(records))

    async def partitions_of(self, topic: str) -> int:
        """Return how many partitions `topic` has."""
        return len(await self._ensure_producer().partitions_for(topic))

    async def partition_of(self, topic: str, key: bytes | None) -> int:
        """Return the partition of `topic` that a key belongs to (murmur2, as Kafka's own clients do)."""
        partitions = sorted(await self._ensure_producer().partitions_for(topic))
        partition: int = self.partitioner(key, partitions, partitions)
        return partition
