"""How the rows of each lane become rows to train on, and which faults are put into them to judge a model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from models.blocks.model_rows import MODEL_COLUMNS
from models.features.extractors import WINDOW_FEATURES
from models.sound.columns import CLIP_COLUMNS
from models.sound.detectors.registry import SOUND_DETECTORS
from models.training.feature_rows import FeatureRows
from models.training.injected_faults import BLOCK_FAULTS, CLIP_FAULTS, WINDOW_FAULTS, Faults
from models.training.recipes import OF_ROWS
from models.training.standard_blocks import READ_COLUMNS, standardise_blocks
from models.training.standard_clips import standardise_clips
from models.training.standard_rows import standardise
from models.training.standardised import Standardised


@dataclass(frozen=True, slots=True)
class TrainingLane:
    """`read` are the columns taken from feature blocks; `standardise` takes the start of a new normal state, too.

    `algorithms` are those of the lane, each with the columns that it sees unless told otherwise.
    """

    read: tuple[str, ...]
    standardise: Callable[[FeatureRows, int | None], Standardised]
    faults: Faults
    algorithms: Mapping[str, tuple[str, ...]]


TRAINING_LANES: dict[str, TrainingLane] = {
    "readings": TrainingLane(WINDOW_FEATURES, standardise, WINDOW_FAULTS, dict.fromkeys(OF_ROWS, WINDOW_FEATURES)),
    "signals": TrainingLane(READ_COLUMNS, standardise_blocks, BLOCK_FAULTS, dict.fromkeys(OF_ROWS, MODEL_COLUMNS)),
    "audio": TrainingLane(
        CLIP_COLUMNS, standardise_clips, CLIP_FAULTS, {name: kind.columns for name, kind in SOUND_DETECTORS.items()}
    ),
}
