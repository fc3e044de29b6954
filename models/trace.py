"""What the detectors said of each reading, for plots and benchmarks."""

import numpy as np

from models import report
from models.kernel import Record, kernel

TRACE = np.dtype(
    [
        ("novelty", "<f8"),  # score of the block that this reading completes; NaN inside a block
        ("emitted", "<f8"),  # what the novelty kind acts on
        ("z", "<f8"),
        ("guard", "<f8"),
        ("expected", "<f8"),
        ("low", "<f8"),  # expected band; NaN while learning
        ("high", "<f8"),
    ]
)


@kernel
def note(place: Record, state: Record, tuning: Record, closes: bool, emitted: float, z: float, guard: float) -> None:
    """Note what the detectors said of a reading."""
    learned = state.learned >= tuning.learn_readings
    place.novelty = state.novelty_score if closes else np.nan
    place.emitted = emitted
    place.z = z
    place.guard = guard
    place.expected = state.base + state.reference
    place.low = report.lowest_expected(state, tuning) if learned else np.nan
    place.high = report.highest_expected(state, tuning) if learned else np.nan
