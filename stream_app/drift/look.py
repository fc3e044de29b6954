"""What the drift watch says to the feature rows on Kafka, looked at from outside of any group: nothing is published."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from agents.drift_events import drift_event
from agents.drift_slots import DriftSlotsPartition
from models.drift.finding import Finding
from models.drift.fleet_watch import FleetWatch
from models.drift.tuning import DriftTuning
from schemas.drift import DriftDetected
from schemas.drift_slot import SlotMessage, decode_message
from schemas.errors import BadDataError
from schemas.records import RecordColumns
from schemas.topics import FEATURES

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection
    from connectors.kafka.reader import Start

_AT_ONCE = 4096


@dataclass(slots=True)
class Look:
    """What was found: changes with their events, and how much was looked at."""

    found: list[tuple[Finding, DriftDetected]] = field(default_factory=list)
    rows: int = 0
    slots: int = 0
    assets: int = 0
    still_open: int = 0
    first_us: int | None = None
    last_us: int | None = None


def look(connection: "KafkaConnection", tuning: DriftTuning, start: "Start") -> Look:
    """Judge the feature rows from `start` to the end that the topic has now.

    Raises UnavailableError where Kafka does not answer, BadDataError where the topic holds no feature rows.
    """
    done = Look()
    slots = sorted(_closed_slots(connection, tuning, start, done), key=lambda each: (each.slot.end_us, each.asset_id))
    if not done.rows:
        raise BadDataError(
            f"{FEATURES} holds no feature rows in that time; let a monitor publish them "
            "(STREAM_APP_FEATURES__PUBLISH=all), or look further back."
        )
    fleet = FleetWatch(tuning)
    marks = map(str, count())
    for number, message in enumerate(slots):
        done.slots += 1
        for finding in fleet.advance(message.lane, message.asset_id, message.slot, 0, marks):
            if finding.kind == "drift":
                done.found.append((finding, drift_event(finding, f"look:{number}:{len(done.found)}", message.source)))
    done.assets = len(fleet.assets)
    done.still_open = sum(asset.open is not None for asset in fleet.assets.values())
    if slots:
        done.first_us, done.last_us = min(each.slot.start_us for each in slots), slots[-1].slot.end_us
    return done


def _closed_slots(
    connection: "KafkaConnection", tuning: DriftTuning, start: "Start", done: Look
) -> Iterator[SlotMessage]:
    from connectors.kafka.reader import read_all

    partitions: dict[int, DriftSlotsPartition] = {}
    waiting: dict[int, list[tuple[int, int, bytes | None, bytes | None]]] = {}

    def take(partition: int) -> Iterator[SlotMessage]:
        step = partitions.setdefault(partition, DriftSlotsPartition(FEATURES, partition, "slots", tuning.slot_us))
        applied = step.apply(RecordColumns.of(FEATURES, partition, waiting.pop(partition)))
        done.rows += applied.units
        for output in applied.outputs:
            if output.topic == "slots" and isinstance(found := decode_message(output.value), SlotMessage):
                yield found

    for message in read_all(connection, FEATURES, start):
        mine = waiting.setdefault(message.partition, [])
        mine.append((message.offset, message.timestamp_ms, message.key, message.value))
        if len(mine) >= _AT_ONCE:
            yield from take(message.partition)
    for partition in sorted(waiting):
        yield from take(partition)
