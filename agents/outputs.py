"""What a partition processor gives back for a batch."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Protocol

import msgspec

from schemas.records import RecordColumns

# Offset, place in an array or line, and a count where one reading leads to several outputs.
Position = tuple[int, int, int]


# There are thousands at once, and none is part of a cycle: the collector is not to go through them.
class Output(msgspec.Struct, frozen=True, gc=False):
    """One record to publish; `position` is that of the source record that triggered it."""

    topic: str
    key: bytes | None
    value: bytes
    headers: Sequence[tuple[str, bytes]]
    position: Position


by_position = attrgetter("position")
"""What outputs are in order of."""


@dataclass(slots=True)
class Applied:
    """Outputs of a batch in ascending order of position, and what was counted."""

    outputs: list[Output] = field(default_factory=list)
    units: int = 0
    late: int = 0
    duplicates: int = 0
    unknown_fields: int = 0
    in_two_partitions: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    transitions: dict[tuple[str, str], int] = field(default_factory=dict)
    health: dict[str, int] = field(default_factory=dict)


class SavedState(Protocol):
    """Packed states as they were last checkpointed."""

    def read(self, key: bytes) -> bytes | None:
        """Return the packed state of `key`, or None."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield all keys."""


class NoSavedState:
    """A partition that starts from nothing."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield nothing."""
        return iter(())

    def read(self, key: bytes) -> bytes | None:
        """Return None."""
        return None


class PartitionProcessor(Protocol):
    """Pure processing of one partition: the same records give the same outputs however they were batched."""

    def apply(self, records: RecordColumns) -> Applied:
        """Take records in order of offset; those already in the saved state change nothing."""

    def changes(self) -> list[tuple[bytes, bytes]]:
        """Return the packed states that changed since the last call."""

    @property
    def sensors(self) -> int:
        """How many series are held."""

    @property
    def state_bytes(self) -> int:
        """Size of the state in memory, in bytes."""


def nth_of_each(causes: Iterable[int]) -> Iterator[int]:
    """Yield, for each cause, how many equal ones stand right before it."""
    nth, previous = 0, None
    for cause in causes:
        nth, previous = (nth + 1 if cause == previous else 0), cause
        yield nth
