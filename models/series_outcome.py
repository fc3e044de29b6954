"""What a batch of readings brought, gathered from the room that the kernel writes into."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.health.state import HEALTH_CHANGE
from models.series_arrays import (
    CHANGES,
    DUPLICATES,
    LATE,
    MOST_CHANGES,
    MOST_TRANSITIONS,
    MOST_WINDOWS,
    SKIPPED,
    TRANSITIONS,
    Placed,
)
from models.transition import TRANSITION
from models.windows.assembly import Cut
from models.windows.state import LONGEST_WINDOW, WINDOW

_MOST_PLACED = 10_000
_MOST_CUT = 64 * MOST_WINDOWS


@dataclass(frozen=True, slots=True)
class PlacedReadings:
    """Readings in the order in which they were put in their place, columns of one length: see `Placed`."""

    position: NDArray[np.int64]
    row: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    trust: NDArray[np.uint8]

    @classmethod
    def of(cls, placed: Placed) -> Self:
        """Return a copy of what is in use."""
        used = placed.used[0]
        return cls(
            placed.position[:used].copy(),
            placed.row[:used].copy(),
            placed.ts_us[:used].copy(),
            placed.value[:used].copy(),
            placed.trust[:used].copy(),
        )

    @classmethod
    def joined(cls, parts: "list[PlacedReadings]") -> "PlacedReadings":
        """Return the parts one after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([part.position for part in parts]),
            np.concatenate([part.row for part in parts]),
            np.concatenate([part.ts_us for part in parts]),
            np.concatenate([part.value for part in parts]),
            np.concatenate([part.trust for part in parts]),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch brought: `transitions` (TRANSITION) in order of their cause; `late` positions; two counts.

    `health` (HEALTH_CHANGE) are the changes of sensors' health, in order of their cause.
    `placed` are the readings that were put in their place.
    `windows` (m,) of WINDOW fell due, with `samples` (m, LONGEST_WINDOW).
    `late_by_us` is how far each late reading lies before the last one in its place.
    `skipped` readings were taken in before a restart; `duplicates` changed nothing.
    """

    transitions: NDArray[np.void]
    late: NDArray[np.int64]
    late_by_us: NDArray[np.int64]
    duplicates: int
    skipped: int
    health: NDArray[np.void]
    windows: NDArray[np.void]
    samples: NDArray[np.float64]
    placed: PlacedReadings


class Room:
    """Room for the outputs of the kernel, used again for every batch."""

    def __init__(self) -> None:
        self.transitions = np.zeros(4 * MOST_TRANSITIONS, TRANSITION)
        self.changes = np.zeros(4 * MOST_CHANGES, HEALTH_CHANGE)
        self.cut = Cut(np.zeros(_MOST_CUT, WINDOW), np.zeros((_MOST_CUT, LONGEST_WINDOW)), np.zeros(1, np.int64))
        self.placed = Placed(
            np.zeros(_MOST_PLACED, np.int64),
            np.zeros(_MOST_PLACED, np.int32),
            np.zeros(_MOST_PLACED, np.int64),
            np.zeros(_MOST_PLACED),
            np.zeros(_MOST_PLACED, np.uint8),
            np.zeros(1, np.int64),
        )


@dataclass(slots=True)
class Gathered:
    """What was taken out of the room so far in a batch of n; `late` and `late_by_us` (n,) and `counts` (5,) grow."""

    room: Room
    late: NDArray[np.int64]
    late_by_us: NDArray[np.int64]
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(5, np.int64))
    _transitions: list[NDArray[np.void]] = field(default_factory=list)
    _health: list[NDArray[np.void]] = field(default_factory=list)
    _windows: list[NDArray[np.void]] = field(default_factory=list)
    _samples: list[NDArray[np.float64]] = field(default_factory=list)
    _placed: list[PlacedReadings] = field(default_factory=list)

    @classmethod
    def of(cls, room: Room, n: int) -> Self:
        """Return nothing gathered yet, for a batch of n readings."""
        return cls(room, np.empty(n, np.int64), np.empty(n, np.int64))

    def empty_room(self) -> None:
        """Copy what the kernel wrote, so that it has room again."""
        room, counts = self.room, self.counts
        self._transitions.append(room.transitions[: counts[TRANSITIONS]].copy())
        self._health.append(room.changes[: counts[CHANGES]].copy())
        counts[TRANSITIONS] = counts[CHANGES] = 0
        cut = room.cut.used[0]
        self._windows.append(room.cut.facts[:cut].copy())
        self._samples.append(room.cut.samples[:cut].copy())
        room.cut.used[0] = 0
        self._placed.append(PlacedReadings.of(room.placed))
        room.placed.used[0] = 0

    def outcome(self) -> Outcome:
        """Return what all of it was."""
        late = self.counts[LATE]
        return Outcome(
            transitions=_joined(self._transitions),
            late=self.late[:late].copy(),
            late_by_us=self.late_by_us[:late].copy(),
            duplicates=int(self.counts[DUPLICATES]),
            skipped=int(self.counts[SKIPPED]),
            health=_joined(self._health),
            windows=_joined(self._windows),
            samples=_joined(self._samples),
            placed=PlacedReadings.joined(self._placed),
        )


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
