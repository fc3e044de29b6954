"""Scoring files in this process or in several, to the same lines."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from schemas.topics import ANOMALIES
from stream_app.publishing.sources import Source
from stream_app.scoring.files import score_sources
from stream_app.scoring.pipeline import pipeline
from stream_app.scoring.shares import Shares

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


class OneProcess:
    """Scores the sources here; `gathering`, if given, sees everything."""

    def __init__(self, sources: Sequence[Source], settings: "Settings", gathering: "Gathering | None") -> None:
        self._sources, self._gathering = sources, gathering
        self._max_future_s = settings.readings.max_future_s
        self._scorer = pipeline(settings, gathering)
        self.counts, self.refused = self._scorer.counts, self._scorer.refused

    def blocks(self) -> Iterator[tuple[int, list[bytes]]]:
        """Yield the units and the events of each block."""
        for block in score_sources(self._sources, self._scorer, self._max_future_s):
            outputs = list(block.outputs())
            if self._gathering:
                self._gathering.events(outputs)
            yield block.units, [output.value for output in outputs if output.topic == ANOMALIES]


def processes_for(units: int | None) -> int:
    """Return how many processes are worth it for so many units; None: not known."""
    return len(os.sched_getaffinity(0)) if units is not None and units >= WORTH_PROCESSES else 1


def start(sources: Sequence[Source], settings: "Settings", count: int, gathering: "Gathering | None" = None) -> Scoring:
    """Return a run over the sources by `count` processes."""
    return OneProcess(sources, settings, gathering) if count == 1 else Shares(sources, count)
