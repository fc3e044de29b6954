"""Feature rows of files, made by the pipeline of the workers."""

from itertools import chain
from typing import TYPE_CHECKING

from connectors.files.column_map import ColumnMap
from connectors.files.sound_folder import by_microphone
from schemas.fault_label import LabelledRange
from schemas.feature_block import decode_feature_block
from schemas.topics import FEATURES
from stream_app.publishing.sound_messages import placed
from stream_app.publishing.sources import Source, find_sources
from stream_app.scoring.pipeline import pipeline
from stream_app.scoring.routing import route
from stream_app.training.gathering import GatheredRows, Gathering

if TYPE_CHECKING:
    from stream_app.settings import Settings
    from stream_app.training.plan import Plan


def file_rows(plan: "Plan", settings: "Settings") -> GatheredRows:
    """Return the rows of CSV and Parquet files or folders of clips that a plan wants; raises as `score` does."""
    scorer = pipeline(settings, with_features=True)
    sources = find_sources(list(plan.paths), ColumnMap.parse(plan.columns))
    gathering = Gathering(plan, FEATURES)
    number = 0
    for block in route(sources, settings.kafka.partitions):
        for output in chain.from_iterable(map(scorer.score, block.parts)):
            if output.topic == FEATURES:
                gathering.take(0, number, decode_feature_block(output.value))
                number += 1
    return gathering.rows(_faults(sources), tuple(source.path.name for source in sources))


def _faults(sources: list[Source]) -> list[LabelledRange]:
    """Return when the clips that a folder calls abnormal were heard."""
    found = []
    for source in sources:
        for files in by_microphone(source.sound or []).values():
            for file, begin_us, end_us in placed(files, 0):
                if file.is_normal is False:
                    found.append(LabelledRange(file.asset_id, file.microphone_id, "fault", begin_us, end_us))
    return found
