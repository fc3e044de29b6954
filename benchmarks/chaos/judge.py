"""The judge: reads everything back from the broker and asks nothing of the workers."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.options import ReadingsOptions
from benchmarks.chaos.fold import Folded, SourceRecord, event_id, fold
from benchmarks.chaos.ledger import ENTRY, load_ledger, record_crc, source_differences
from benchmarks.chaos.states import differing_keys, recovered
from benchmarks.chaos.verdict import EventCounts, EventKey, count_events
from connectors.kafka.connection import KafkaConnection
from connectors.kafka.reader import read_all
from schemas.topics import ANOMALIES, DEAD_LETTERS, FEATURES, LATE, READINGS, SENSOR_HEALTH

OUTPUTS = (ANOMALIES, SENSOR_HEALTH, FEATURES, LATE, DEAD_LETTERS)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge found; `by_topic` counts the events expected on each output topic."""

    produced: int
    readings: int
    sensors: int
    source_differs: int
    events: EventCounts
    by_topic: dict[str, int]
    differing_keys: list[str]


def judge(
    connection: KafkaConnection, ledger_file: Path, changelog: str, options: ReadingsOptions, seed: int
) -> Judgement:
    """Compare source topic, ledger, output topics and state changelog with the independent fold of the source."""
    source, entries = _read_source(connection)
    ledger = load_ledger(ledger_file)
    expected: Folded = fold(READINGS, source, options, seed)
    states = recovered((m.partition, m.key or b"", m.value) for m in read_all(connection, changelog))
    differing = differing_keys(expected.states, states)
    return Judgement(
        produced=len(ledger),
        readings=expected.readings,
        sensors=expected.sensors,
        source_differs=source_differences(ledger, entries),
        events=count_events(expected.events, _seen(connection)),
        by_topic=dict(Counter(topic for topic, _ in expected.events)),
        differing_keys=sorted(repr(key) for key in differing),
    )


def _read_source(connection: KafkaConnection) -> tuple[dict[int, list[SourceRecord]], np.ndarray]:
    source: defaultdict[int, list[SourceRecord]] = defaultdict(list)
    entries = []
    for message in read_all(connection, READINGS):
        source[message.partition].append((message.offset, message.timestamp_ms, message.key, message.value))
        entries.append((message.partition, message.offset, record_crc(message.key, message.value)))
    return source, np.array(entries, ENTRY)


def _seen(connection: KafkaConnection) -> Iterator[tuple[EventKey, int]]:
    for topic in OUTPUTS:
        for message in read_all(connection, topic):
            yield (topic, event_id(message.headers)), record_crc(message.key, message.value)
