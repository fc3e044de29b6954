"""Files scored in this process."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from schemas.topics import ANOMALIES
from stream_app.publishing.sources import Source
from stream_app.scoring.files import score_sources
from stream_app.scoring.pipeline import pipeline

if TYPE_CHECKING:
    from stream_app.plot.gathering import Gathering
    from stream_app.settings import Settings


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
