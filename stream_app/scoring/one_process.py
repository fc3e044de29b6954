"""Files scored in this process."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from schemas.topics import ANOMALIES
from stream_app.publishing.sources import Source
from stream_app.scoring.pipeline import pipeline
from stream_app.scoring.routing import route

if TYPE_CHECKING:
    from stream_app.plot.gathering import Gathering
    from stream_app.settings import Settings


class OneProcess:
    """Scores the sources here; `gathering`, if given, sees everything."""

    def __init__(self, sources: Sequence[Source], settings: "Settings", gathering: "Gathering | None") -> None:
        self._blocks = route(sources, settings.kafka.partitions)
        self._gathering = gathering
        self._scorer = pipeline(settings, gathering)
        self.counts, self.refused = self._scorer.counts, self._scorer.refused

    def blocks(self) -> Iterator[tuple[int, list[bytes]]]:
        """Yield the units and the events of each block."""
        for block in self._blocks:
            outputs = list(chain.from_iterable(map(self._scorer.score, block.parts)))
            if self._gathering:
                self._gathering.events(outputs)
            yield block.units, [output.value for output in outputs if output.topic == ANOMALIES]
