"""A process that scores some of the partitions, as it is given parts of them."""

import gc
import signal
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.queues import Queue
from typing import TYPE_CHECKING

from schemas.errors import StreamAppError
from schemas.topics import ANOMALIES

if TYPE_CHECKING:
    from stream_app.scoring.parts import Part
    from stream_app.settings import Settings

Found = list[tuple[int, list[bytes]]]
"""The events of each partition in a block."""


def score_share(parts_of_blocks: "Queue[list[Part] | None]", answers: Connection, settings: "Settings") -> None:
    """Answer the parts of each block with their events; after the last, None, come the counts."""
    # Ctrl-C reaches all processes of a terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from stream_app.scoring.pipeline import pipeline

    with suppress(BrokenPipeError):
        try:
            scorer = pipeline(settings)
            # Little of what follows lives for long.
            gc.set_threshold(50_000)
            gc.enable()
            while (parts := parts_of_blocks.get()) is not None:
                found: Found = [
                    (part.partition, [o.value for o in scorer.score(part) if o.topic == ANOMALIES]) for part in parts
                ]
                answers.send(found)
            answers.send((scorer.counts, scorer.refused))
        except StreamAppError as error:
            answers.send(error)
        except Exception:
            # Raised where the answers are read, with the lines that only this process knows.
            answers.send(RuntimeError(f"a scoring process failed:\n{traceback.format_exc()}"))
