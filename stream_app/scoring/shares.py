"""Files scored by several processes: this one reads them, and each of the others scores some of the partitions.

What they find is put together block by block and, within a block, by partition: the same lines as from one process.
"""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from stream_app.publishing.sources import Source
from stream_app.scoring.parts import Part
from stream_app.scoring.processes import processes
from stream_app.scoring.routing import route

if TYPE_CHECKING:
    from stream_app.settings import Settings

AHEAD_UNITS = 4_000_000
"""Readings or samples that are read before the first of them is scored."""


class Shares:
    """Has the sources scored by `count` processes; counts are complete once `blocks` has ended."""

    def __init__(self, sources: Sequence[Source], settings: "Settings", count: int) -> None:
        self._sources, self._settings, self._count = sources, settings, count
        # By topic and partition: which process has it. And how much each has got so far.
        self._home: dict[tuple[str, int], int] = {}
        self._load = [0] * count
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def blocks(self) -> Iterator[tuple[int, list[bytes]]]:
        """Yield the units and the events of each block; raises what a process met."""
        given, ahead = deque[int](), 0
        with processes(self._settings, self._count) as scoring:
            for block in route(self._sources, self._settings.kafka.partitions):
                scoring.give(self.dealt(block.parts))
                given.append(block.units)
                ahead += block.units
                while ahead > AHEAD_UNITS:
                    ahead -= given[0]
                    yield given.popleft(), scoring.events()
            scoring.give([None] * self._count)
            while given:
                yield given.popleft(), scoring.events()
            for counts, refused in scoring.counts():
                self.counts += counts
                self.refused += refused

    def dealt(self, parts: list[Part]) -> list[list[Part]]:
        """Return the parts that each process gets; a partition that is new goes to the one that got least so far."""
        for part in sorted(parts, key=len, reverse=True):
            place = (part.topic, part.partition)
            if place not in self._home:
                self._home[place] = self._load.index(min(self._load))
            self._load[self._home[place]] += len(part)
        return [
            [part for part in parts if self._home[part.topic, part.partition] == number]
            for number in range(self._count)
        ]
