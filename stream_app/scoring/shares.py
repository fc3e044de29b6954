"""Files scored by several processes: this one reads them, and each of the others scores some of the partitions.

What they find is put together block by block and, within a block, by partition: the same lines as from one process.
"""

import multiprocessing
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from schemas.errors import UnavailableError
from stream_app.publishing.sources import Source
from stream_app.scoring.parts import Part
from stream_app.scoring.routing import route
from stream_app.scoring.share import score_share

if TYPE_CHECKING:
    from stream_app.settings import Settings

AHEAD_BLOCKS = 8
"""Blocks that are read before the first of them is scored."""


class Shares:
    """Has the sources scored by `count` processes; counts are complete once `blocks` has ended."""

    def __init__(self, sources: Sequence[Source], settings: "Settings", count: int) -> None:
        self._sources, self._settings, self._count = list(sources), settings, count
        # By topic and partition: which process has it. And how much each has got so far.
        self._home: dict[tuple[str, int], int] = {}
        self._load = [0] * count
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def blocks(self) -> Iterator[tuple[int, list[bytes]]]:
        """Yield the units and the events of each block; raises what a process met."""
        spawn = multiprocessing.get_context("spawn")
        queues = [spawn.Queue() for _ in range(self._count)]
        pipes = [spawn.Pipe(duplex=False) for _ in range(self._count)]
        children = [
            spawn.Process(target=score_share, args=(queue, theirs, self._settings), daemon=True)
            for queue, (_, theirs) in zip(queues, pipes, strict=True)
        ]
        try:
            for child, (_, theirs) in zip(children, pipes, strict=True):
                child.start()
                theirs.close()
            answers = [ours for ours, _ in pipes]
            waiting: deque[int] = deque()
            for block in route(self._sources, self._settings.kafka.partitions):
                for queue, parts in zip(queues, self.dealt(block.parts), strict=True):
                    queue.put(parts)
                waiting.append(block.units)
                if len(waiting) > AHEAD_BLOCKS:
                    yield waiting.popleft(), _events(answers)
            for queue in queues:
                queue.put(None)
            while waiting:
                yield waiting.popleft(), _events(answers)
            for counts, refused in map(_received, answers):
                self.counts += counts
                self.refused += refused
        finally:
            for child in children:
                child.terminate()
            for child, queue in zip(children, queues, strict=True):
                child.join()
                queue.cancel_join_thread()
                queue.close()

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


def _events(answers: list[Connection]) -> list[bytes]:
    """Return the events of the next block, by partition."""
    found = sorted((place for one in answers for place in _received(one)), key=lambda place: place[0])
    return [event for _, events in found for event in events]


def _received(connection: Connection) -> Any:
    """Return the next answer of a process."""
    try:
        answer = connection.recv()
    except EOFError:
        raise UnavailableError("A scoring process ended by itself; run again with --processes 1.") from None
    if isinstance(answer, BaseException):
        raise answer
    return answer
