"""Scoring files in this process or in several, to the same lines."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from stream_app.publishing.sources import Source

if TYPE_CHECKING:
    from stream_app.plot.gathering import Gathering
    from stream_app.settings import Settings

WORTH_PROCESSES = 2_000_000
"""Units from which on it pays to start processes, which takes some seconds."""


class Scoring(Protocol):
    """A run over sources; the counts are complete once the blocks have ended."""

    counts: Counter[str]
    refused: Counter[str]

    def blocks(self) -> Iterator[tuple[int, list[bytes]]]:
        """Yield the units and the events of each block."""


def processes_for(units: int | None) -> int:
    """Return how many processes are worth it for so many units; None: not known."""
    return len(os.sched_getaffinity(0)) if units is not None and units >= WORTH_PROCESSES else 1


def start(sources: Sequence[Source], settings: "Settings", count: int, gathering: "Gathering | None" = None) -> Scoring:
    """Return a run over the sources by `count` processes."""
    if count == 1:
        from stream_app.scoring.one_process import OneProcess

        return OneProcess(sources, settings, gathering)
    from stream_app.scoring.shares import Shares

    return Shares(sources, settings, count)
