"""What has been published already: read back on recovery, so that a replay does not send it again.

A source partition's outputs reach each output partition in order of position, by a producer that keeps order. So the
position of the last of them on the broker tells which of a replay's outputs are there.
"""

from dataclasses import dataclass, field

import msgspec

from agents.outputs import Output, Position
from connectors.kafka.connection import KafkaConnection
from connectors.kafka.last_headers import last_headers

# Names the source record (topic, partition, offset, index, nth) whose processing led to an output.
POSITION_HEADER = "pdm_position"

# Topic and partition of an output.
Target = tuple[str, int]


@dataclass(slots=True)
class Published:
    """Of one source partition, per output partition: the last position published, and the next offset after it."""

    positions: dict[Target, Position] = field(default_factory=dict)
    next_offsets: dict[Target, int] = field(default_factory=dict)

    def keep_new(self, target: Target, outputs: list[Output]) -> list[Output]:
        """Return the outputs for `target` that are not published yet, and count them as published from now on."""
        last = self.positions.get(target)
        new = [output for output in outputs if last is None or output.position > last]
        if new:
            self.positions[target] = new[-1].position
        return new


def pack_progress(applied: int, published: Published) -> bytes:
    """Pack the last applied source offset and where each output partition stood."""
    marks = [
        (topic, partition, offset, published.positions.get((topic, partition)))
        for (topic, partition), offset in published.next_offsets.items()
    ]
    return applied.to_bytes(8, "little", signed=True) + msgspec.json.encode(marks)


def _unpack_progress(packed: bytes | None) -> dict[Target, tuple[int, Position | None]]:
    marks = [] if packed is None else msgspec.json.decode(packed[8:], type=list[tuple[str, int, int, Position | None]])
    return {(topic, partition): (offset, position) for topic, partition, offset, position in marks}


def read_published(
    connection: KafkaConnection, source: str, progress: dict[int, bytes | None], targets: dict[int, list[Target]]
) -> dict[int, Published]:
    """Return, for each source partition, its packed progress and what its targets got since. Blocks on the broker.

    Raises UnavailableError where the broker does not answer.
    """
    known = {partition: _unpack_progress(packed) for partition, packed in progress.items()}
    starts: dict[Target, int] = {}
    for partition, marks in known.items():
        for target in targets[partition]:
            start = marks.get(target, (0, None))[0]
            starts[target] = min(start, starts.get(target, start))
    ends = last_headers(connection, starts, POSITION_HEADER, group_fields=2)
    result = {}
    for partition, marks in known.items():
        published = result[partition] = Published()
        for target in targets[partition]:
            published.next_offsets[target] = ends[target].end
            found = ends[target].last.get(f"{source}:{partition}".encode())
            # What was noted at the checkpoint counts too: the replay may begin before it, the reading back does not.
            last = _position(found) if found else marks.get(target, (0, None))[1]
            if last is not None:
                published.positions[target] = last
    return result


def position_header(place: bytes, position: Position) -> tuple[str, bytes]:
    """Return the header that names the source record of an output; `place` is its `topic:partition`."""
    return POSITION_HEADER, b"%b:%d:%d:%d" % (place, *position)


def _position(value: bytes) -> Position:
    offset, index, nth = map(int, value.split(b":")[2:])
    return offset, index, nth
