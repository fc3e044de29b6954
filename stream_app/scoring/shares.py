"""Files scored by several processes: each reads all of them and scores its share of the partitions.

What they find is put together block by block and, within a block, by partition: the same lines as from one process.
"""

import gc
import multiprocessing
import signal
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from schemas.errors import StreamAppError, UnavailableError
from schemas.topics import ANOMALIES
from stream_app.publishing.sources import Source

Found = list[tuple[int, list[bytes]]]
"""The events of each partition in a block."""


class Shares:
    """Runs `count` processes over the sources; counts are complete once `blocks` has ended."""

    def __init__(self, sources: Sequence[Source], count: int) -> None:
        self._sources, self._count = list(sources), count
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def blocks(self) -> Iterator[tuple[int, list[bytes]]]:
        """Yield the units and the events of each block; raises what a process met."""
        spawn = multiprocessing.get_context("spawn")
        pipes = [spawn.Pipe(duplex=False) for _ in range(self._count)]
        children = [
            spawn.Process(target=_score_share, args=(theirs, self._sources, number, self._count), daemon=True)
            for number, (_, theirs) in enumerate(pipes)
        ]
        try:
            for child, (_, theirs) in zip(children, pipes, strict=True):
                child.start()
                theirs.close()
            ours = [one for one, _ in pipes]
            while True:
                answers = [self._received(one) for one in ours]
                parts = [answer for answer in answers if answer is not None]
                if not parts:
                    return
                found = sorted((place for _, of in parts for place in of), key=lambda place: place[0])
                yield sum(units for units, _ in parts), [event for _, events in found for event in events]
        finally:
            for child in children:
                child.terminate()
            for child in children:
                child.join()

    def _received(self, connection: Connection) -> tuple[int, Found] | None:
        """Return the next block of a process, None where it is done."""
        try:
            answer = connection.recv()
        except EOFError:
            raise UnavailableError("A scoring process ended by itself; run again with --processes 1.") from None
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer[0], Counter):
            self.counts += answer[0]
            self.refused += answer[1]
            return None
        return answer  # type: ignore[no-any-return]


def _score_share(connection: Connection, sources: list[Source], number: int, count: int) -> None:
    """Score the partitions of one share and tell each block; the last answer has the counts."""
    from stream_app.scoring.files import score_sources
    from stream_app.scoring.pipeline import pipeline
    from stream_app.settings import load_settings

    # Ctrl-C reaches all processes of a terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(BrokenPipeError):
        try:
            settings = load_settings()
            scorer = pipeline(settings, chosen=range(number, settings.kafka.partitions, count))
            # What is loaded stays, and little of what follows lives for long.
            gc.freeze()
            gc.set_threshold(50_000)
            for block in score_sources(sources, scorer, settings.readings.max_future_s):
                found = [(at, [o.value for o in outputs if o.topic == ANOMALIES]) for at, outputs in block.found]
                connection.send((block.units if number == 0 else 0, found))
            connection.send((scorer.counts, scorer.refused))
        except StreamAppError as error:
            connection.send(error)
        except Exception:
            connection.send(RuntimeError(f"a scoring process failed:\n{traceback.format_exc()}"))
