"""Files scored in their order, block by block; of a block, partition by partition."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.outputs import Output
from connectors.files.open_file import read_table
from stream_app.publishing.sources import Source
from stream_app.scoring.scorer import ByPartition, Scorer
from stream_app.scoring.table_scorer import TableScorer


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a file: the units (readings or samples) in it, and what they led to."""

    units: int
    found: ByPartition

    def outputs(self) -> Iterator[Output]:
        """Yield all outputs in order."""
        for _, outputs in self.found:
            yield from outputs


def score_sources(sources: Sequence[Source], scorer: Scorer, max_future_s: float) -> Iterator[Block]:
    """Yield what the blocks of the sources lead to; raises BadDataError where a file cannot be read."""
    for source in sources:
        if source.is_table:
            table = TableScorer(scorer, max_future_s)
            for readings in read_table(source.path, source.name, source.told):
                yield Block(len(readings), table.score(readings))
        else:
            for messages in source.messages(0):
                yield Block(messages.units, scorer.score(messages))
