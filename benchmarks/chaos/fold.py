"""The independent fold: a partition's records once through the pure core, in other pieces than the workers had."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agents.options import ReadingsOptions
from agents.published import POSITION_HEADER, position_header
from agents.readings import ReadingsPartition
from benchmarks.chaos.ledger import record_crc
from benchmarks.chaos.states import StateKey
from benchmarks.chaos.verdict import EventKey
from schemas.records import RecordColumns

SourceRecord = tuple[int, int, bytes | None, bytes | None]
_LONGEST_PIECE = 5000


@dataclass(slots=True)
class Folded:
    """What the records of a source topic must have led to."""

    events: dict[EventKey, int] = field(default_factory=dict)
    states: dict[StateKey, bytes] = field(default_factory=dict)
    readings: int = 0
    sensors: int = 0


def fold(topic: str, partitions: dict[int, list[SourceRecord]], options: ReadingsOptions, seed: int) -> Folded:
    """Return events by (topic, id) with a checksum of key and value, and packed states by partition and table key."""
    draw = random.Random(seed)
    folded = Folded()
    for partition, records in sorted(partitions.items()):
        processor = ReadingsPartition(topic, partition, options)
        for piece in _pieces(records, draw):
            applied = processor.apply(RecordColumns.of(topic, partition, list(piece)))
            folded.readings += applied.units
            for output in applied.outputs:
                found = event_id([*output.headers, position_header(f"{topic}:{partition}".encode(), output.position)])
                folded.events[output.topic, found] = record_crc(output.key, output.value)
        folded.states.update({(partition, key): packed for key, packed in processor.changes()})
        folded.sensors += processor.sensors
    return folded


def event_id(headers: Iterable[tuple[str, bytes | None]]) -> str:
    """Return the id of an event; feature rows have none, but the position that led to them."""
    known = dict(headers)
    return (known.get("ce_id") or known.get(POSITION_HEADER) or b"(none)").decode()


def _pieces(records: Sequence[SourceRecord], draw: random.Random) -> list[Sequence[SourceRecord]]:
    pieces, at = [], 0
    while at < len(records):
        size = draw.randint(1, _LONGEST_PIECE)
        pieces.append(records[at : at + size])
        at += size
    return pieces
