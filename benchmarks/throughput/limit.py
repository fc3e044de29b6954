"""The limit: a hand-written confluent-kafka loop with our decoder, features, detectors and events, and nothing else.

No checkpoints, no recovery, no rebalance, no web views: what a loop for one afternoon would do.
"""

import sys
from collections import defaultdict
from collections.abc import Callable
from typing import NoReturn, Protocol

import numpy as np
from confluent_kafka import Consumer, Message, Producer

from agents.outputs import Applied
from agents.readings import ReadingsPartition
from agents.warm_up import warm_up
from benchmarks.throughput.options import RivalOptions, rival_options
from benchmarks.throughput.progress import Progress
from schemas.records import RecordColumns
from schemas.topics import READINGS

MOST_MESSAGES = 10_000
# More than fits the processor's caches makes a round slower, not faster.
READINGS_AT_ONCE = 20_000
# Shorter than it takes to fill a batch at full speed, so that the loop never waits for one.
WAIT_S = 0.02


class _Partition(Protocol):
    def apply(self, records: RecordColumns) -> Applied:
        """Take records in order of offset."""


def consume(
    options: RivalOptions, topic: str, new_partition: Callable[[int], _Partition], units_at_once: int
) -> NoReturn:
    """Consume until killed; `new_partition(number)` makes what scores a partition of `topic`."""
    consumer = Consumer(
        {
            "bootstrap.servers": options.brokers,
            "group.id": options.group,
            "auto.offset.reset": "earliest",
            # The default of a second throttles the consumer each time its queue was full.
            "fetch.queue.backoff.ms": 5,
        }
    )
    producer = Producer({"bootstrap.servers": options.brokers, "linger.ms": 5})
    consumer.subscribe([topic])
    partitions: dict[int, _Partition] = {}
    progress = Progress()
    at_once = MOST_MESSAGES
    while True:
        before = progress.readings
        batch = consumer.consume(at_once, WAIT_S)
        for number, messages in _by_partition(batch).items():
            if number not in partitions:
                partitions[number] = new_partition(number)
            applied = partitions[number].apply(_columns(topic, number, messages))
            for output in applied.outputs:
                producer.produce(options.events, output.value, output.key, headers=list(output.headers))
            progress.add(applied.units)
        if batch:
            at_once = min(MOST_MESSAGES, units_at_once * len(batch) // max(1, progress.readings - before) + 1)
        producer.poll(0)


def _by_partition(messages: list[Message]) -> dict[int, list[Message]]:
    grouped: defaultdict[int, list[Message]] = defaultdict(list)
    for message in messages:
        if message.error() is not None:
            sys.exit(f"the broker answered with an error: {message.error()}")
        grouped[message.partition()].append(message)
    return grouped


def _columns(topic: str, partition: int, messages: list[Message]) -> RecordColumns:
    """Lay the messages out as columns: values first, keys behind them."""
    n = len(messages)
    texts = [message.value() or b"" for message in messages]
    texts += [message.key() or b"" for message in messages]
    length = np.fromiter(map(len, texts), np.int32, 2 * n)
    start = np.zeros(2 * n, np.int32)
    np.cumsum(length[:-1], out=start[1:])
    return RecordColumns(
        topic=topic,
        partition=partition,
        buffer=np.frombuffer(b"".join(texts), np.uint8),
        offset=np.array([message.offset() for message in messages], np.int64),
        timestamp_ms=np.array([message.timestamp()[1] for message in messages], np.int64),
        key_start=start[n:],
        key_length=length[n:],
        value_start=start[:n],
        value_length=length[:n],
        headers_start=np.full(n, -1, np.int32),
    )


if __name__ == "__main__":
    warm_up()
    consume(rival_options(), READINGS, lambda number: ReadingsPartition(READINGS, number), READINGS_AT_ONCE)
