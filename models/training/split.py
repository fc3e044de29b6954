"""Rows in order of time: the first are fitted on, the next calibrate, the last judge what came of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FIT_SHARE, CALIBRATION_SHARE = 0.6, 0.2


@dataclass(frozen=True, slots=True)
class Split:
    """Places of rows, each part in order of time."""

    fit: NDArray[np.int64]
    calibration: NDArray[np.int64]
    test: NDArray[np.int64]


def split_by_time(ts_us: NDArray[np.int64], usable: NDArray[np.bool_]) -> Split:
    """Return the split of the usable ones of rows that ended at `ts_us` (n,); rows of one time stay in their order."""
    places = np.flatnonzero(usable)
    places = places[np.argsort(ts_us[places], kind="stable")]
    n = len(places)
    first, second = int(FIT_SHARE * n), int((FIT_SHARE + CALIBRATION_SHARE) * n)
    return Split(places[:first], places[first:second], places[second:])
