"""What trained models judge in each lane: the columns of its rows, and the form of a new normal state there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from models.blocks.model_rows import MODEL_COLUMNS
from models.blocks.reference import BlockReference
from models.features.extractors import WINDOW_FEATURES
from models.serving.reference import Reference
from models.sound.model_rows import MODEL_COLUMNS as CLIP_MODEL_COLUMNS
from models.sound.reference import SoundReference
from models.windows.context import MOST_CONTEXT_ROWS

AnyReference = Reference | BlockReference | SoundReference


@dataclass(frozen=True, slots=True)
class ServedLane:
    """Rows of a lane have `columns`; at most `context_rows` of the sensor before a row are kept to judge it with."""

    columns: tuple[str, ...]
    context_rows: int
    reference: Callable[[Mapping[str, NDArray[Any]]], AnyReference]


SERVED_LANES: dict[str, ServedLane] = {
    "readings": ServedLane(
        WINDOW_FEATURES, MOST_CONTEXT_ROWS, lambda arrays: Reference.from_arrays(arrays, len(WINDOW_FEATURES))
    ),
    "signals": ServedLane(MODEL_COLUMNS, 0, BlockReference.from_arrays),
    "audio": ServedLane(CLIP_MODEL_COLUMNS, 0, SoundReference.from_arrays),
}
