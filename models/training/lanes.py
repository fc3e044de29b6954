"""How the rows of each lane become rows to train on, and which faults are put into them to judge a model."""

from collections.abc import Callable
from dataclasses import dataclass

from models.features.extractors import WINDOW_FEATURES
from models.training.feature_rows import FeatureRows
from models.training.injected_faults import BLOCK_FAULTS, WINDOW_FAULTS, Faults
from models.training.standard_blocks import READ_COLUMNS, standardise_blocks
from models.training.standard_rows import standardise
from models.training.standardised import Standardised


@dataclass(frozen=True, slots=True)
class TrainingLane:
    """`read` are the columns taken from feature blocks; `standardise` takes the start of a new normal state, too."""

    read: tuple[str, ...]
    standardise: Callable[[FeatureRows, int | None], Standardised]
    faults: Faults


TRAINING_LANES: dict[str, TrainingLane] = {
    "readings": TrainingLane(WINDOW_FEATURES, standardise, WINDOW_FAULTS),
    "signals": TrainingLane(READ_COLUMNS, standardise_blocks, BLOCK_FAULTS),
}
