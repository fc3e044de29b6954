"""Files scored in their order, block by block; of a block, partition by partition."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.outputs import Output
from connectors.files.column_map import ColumnMap
from connectors.files.names import names_of
from connectors.files.open_file import is_waveform, read_table
from stream_app.publishing.messages import file_messages
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


def score_files(files: Sequence[Path], told: ColumnMap, scorer: Scorer, max_future_s: float) -> Iterator[Block]:
    """Yield what the blocks of the files lead to; raises BadDataError where a file cannot be read."""
    for path, name in zip(files, names_of(list(files)), strict=True):
        if is_waveform(path):
            for messages in file_messages(path, name, told, wave_start_us=0):
                yield Block(messages.units, scorer.score(messages))
        else:
            table = TableScorer(scorer, max_future_s)
            for readings in read_table(path, name, told):
                yield Block(len(readings), table.score(readings))
