"""Sends the outputs of a lane that are not out yet; a checkpoint waits for their acknowledgements."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from agents import metrics
from agents.outputs import Output
from agents.published import Published, Target, position_header
from connectors.kafka_lane.app import BatchApp


class Sent(NamedTuple):
    """So many records handed to the producer; the result of `future` has the offset of the first."""

    published: Published
    target: Target
    future: asyncio.Future[Any]
    records: int


async def acknowledged(sent: Sequence[Sent]) -> None:
    """Wait until everything sent is on the broker, and note where each target stands."""
    for published, target, future, records in sent:
        ack = await future
        published.next_offsets[target] = ack.offset + records


class Publisher:
    """Outputs keep the partition number of their source, so an asset stays together; `by_key` topics are spread."""

    def __init__(self, app: BatchApp, lane: str, source: str, outputs: tuple[str, ...], by_key: frozenset[str]) -> None:
        self._app, self._lane, self._source, self._outputs, self._by_key = app, lane, source, outputs, by_key
        self._sent: defaultdict[int, list[Sent]] = defaultdict(list)

    async def targets(self, partition: int) -> list[Target]:
        """Return every output partition that may get outputs of a source partition."""
        counts = {topic: await self._app.producer.partitions_of(topic) for topic in self._outputs}
        return [
            (topic, target)
            for topic, count in counts.items()
            for target in (range(count) if topic in self._by_key else [partition % count])
        ]

    async def send(self, partition: int, published: Published, outputs: list[Output], created_ms: int) -> None:
        """Hand the new ones of `outputs` to the producer, in order; `created_ms` is when their source was written."""
        for target, of_target in (await self._by_target(partition, outputs)).items():
            new = published.keep_new(target, of_target)
            metrics.REPEATS_SKIPPED.labels(self._lane).inc(len(of_target) - len(new))
            place = f"{self._source}:{partition}".encode()
            records = ((o.key, o.value, [*o.headers, position_header(place, o.position)]) for o in new)
            for future, count in await self._app.producer.send_records(*target, records):
                future.add_done_callback(lambda _: self._observe_latency(created_ms))
                self._sent[partition].append(Sent(published, target, future, count))

    async def _by_target(self, partition: int, outputs: list[Output]) -> dict[Target, list[Output]]:
        by_topic: defaultdict[str, list[Output]] = defaultdict(list)
        for output in outputs:
            by_topic[output.topic].append(output)
        by_target: defaultdict[Target, list[Output]] = defaultdict(list)
        for topic, of_topic in by_topic.items():
            if topic in self._by_key:
                for output in of_topic:
                    by_target[topic, await self._app.producer.partition_of(topic, output.key)].append(output)
            else:
                by_target[topic, partition % await self._app.producer.partitions_of(topic)] = of_topic
        return by_target

    def take_sent(self, partition: int) -> list[Sent]:
        """Return what was sent of a source partition since the last call."""
        return self._sent.pop(partition, [])

    def forget(self) -> None:
        """Drop what was sent and not waited for."""
        self._sent.clear()

    def _observe_latency(self, created_ms: int) -> None:
        metrics.EVENT_LATENCY.labels(self._lane).observe(max(time.time() - created_ms / 1000, 0.0))
