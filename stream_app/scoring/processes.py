"""The processes that score: started beside the reading of files, and ended whatever happens."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.queues import Queue
from typing import TYPE_CHECKING, Any

from schemas.errors import UnavailableError
from stream_app.scoring.parts import Part
from stream_app.scoring.share import score_share

if TYPE_CHECKING:
    from stream_app.settings import Settings

Parts = list[Part]


class Processes:
    """Processes that were given the same number of blocks; `queues` to each of them, `pipes` from them."""

    def __init__(self, queues: "Sequence[Queue[Parts | None]]", pipes: Sequence[Connection]) -> None:
        self._queues, self._pipes = queues, pipes

    def give(self, parts: Sequence[Parts | None]) -> None:
        """Give each of them its parts of the next block; None: there is no other."""
        for queue, own in zip(self._queues, parts, strict=True):
            queue.put(own)

    def events(self) -> list[bytes]:
        """Return the events of the next block, by partition; raises what a process met."""
        found = sorted((place for pipe in self._pipes for place in _received(pipe)), key=lambda place: place[0])
        return [event for _, events in found for event in events]

    def counts(self) -> Iterator[tuple[Counter[str], Counter[str]]]:
        """Yield what each has counted, and what it refused; to be called after the events of the last block."""
        return map(_received, self._pipes)


@contextmanager
def processes(settings: "Settings", count: int) -> Iterator[Processes]:
    """Have `count` processes while the context lasts; to load what they are forked of takes them a second."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["stream_app.scoring.warm"])
    queues: list[Queue[Parts | None]] = [forks.Queue() for _ in range(count)]
    pipes = [forks.Pipe(duplex=False) for _ in range(count)]
    children = [
        forks.Process(target=score_share, args=(queue, theirs, settings), daemon=True)
        for queue, (_, theirs) in zip(queues, pipes, strict=True)
    ]

    def start() -> None:
        for child, (_, theirs) in zip(children, pipes, strict=True):
            try:
                child.start()
            finally:
                # So that whoever waits for an answer of a process that is no more sees it.
                theirs.close()

    with ThreadPoolExecutor(1) as starter:
        # Not waited for: there are files to read.
        started = starter.submit(start)
        try:
            yield Processes(queues, [ours for ours, _ in pipes])
        finally:
            starter.shutdown()
            for child, queue in zip(children, queues, strict=True):
                if child.pid is not None:
                    child.terminate()
                    child.join()
                queue.cancel_join_thread()
                queue.close()
            # Why one did not start says more than that it is away.
            started.result()


def _received(pipe: Connection) -> Any:
    """Return the next answer of a process."""
    try:
        answer = pipe.recv()
    except EOFError:
        raise UnavailableError("A scoring process ended by itself; run again with --processes 1.") from None
    if isinstance(answer, BaseException):
        raise answer
    return answer
