"""Feature rows of files, made by the pipeline of the workers."""

from typing import TYPE_CHECKING

from connectors.files.column_map import ColumnMap
from connectors.files.names import names_of
from connectors.files.open_file import find_files
from schemas.feature_block import decode_feature_block
from schemas.topics import FEATURES
from stream_app.publishing.messages import file_messages
from stream_app.scoring.pipeline import pipeline
from stream_app.training.gathering import GatheredRows, Gathering

if TYPE_CHECKING:
    from stream_app.settings import Settings
    from stream_app.training.plan import Plan


def file_rows(plan: "Plan", settings: "Settings") -> GatheredRows:
    """Return the rows of CSV and Parquet files that a plan wants; raises as `score` does."""
    every_row = settings.model_copy(update={"features": settings.features.model_copy(update={"publish": "all"})})
    scorer = pipeline(every_row)
    told = ColumnMap.parse(plan.columns)
    files = find_files(list(plan.paths))
    gathering = Gathering(plan, FEATURES)
    number = 0
    for path, name in zip(files, names_of(files), strict=True):
        for messages in file_messages(path, name, told, wave_start_us=0):
            for output in (output for _, outputs in scorer.score(messages) for output in outputs):
                if output.topic == FEATURES:
                    gathering.take(0, number, decode_feature_block(output.value))
                    number += 1
    return gathering.rows([], tuple(path.name for path in files))
