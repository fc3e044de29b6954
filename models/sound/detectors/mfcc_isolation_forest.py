"""Isolation Forest on cepstral coefficients: the common baseline, kept to be beaten."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.detectors.isolation_forest import IsolationForest, fit_isolation_forest
from models.detectors.row_detector import Arrays, check_width
from models.sound.detectors.array_parts import joined, part_of
from schemas.errors import BadDataError

MFCC = 13
MFCC_COLUMNS: tuple[str, ...] = (
    *(f"mfcc_mean_{i:02}" for i in range(MFCC)),
    *(f"mfcc_std_{i:02}" for i in range(MFCC)),
)
"""Statistics of a clip that it takes: mean and standard deviation of each coefficient."""


class MfccIsolationForest:
    """A forest on standardised columns; `mean` and `spread` (k,) float64; `forest.…` see IsolationForest."""

    def __init__(self, columns: tuple[str, ...], arrays: Arrays) -> None:
        self.columns = columns
        self._mean = np.array(arrays["mean"], np.float64)
        self._spread = np.array(arrays["spread"], np.float64)
        self._forest = IsolationForest(columns, part_of(arrays, "forest"))

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scores (n,) of clips (n, k): 0 to 1, NaN where more than half of the columns are."""
        check_width(x, self.columns)
        return self._forest.score((x - self._mean) / self._spread)

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        return {"mean": self._mean, "spread": self._spread} | joined({"forest": self._forest.arrays()})

    @classmethod
    def from_arrays(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Return the detector that had these arrays."""
        return cls(columns, arrays)


def fit_mfcc_isolation_forest(x: NDArray[np.float64], columns: tuple[str, ...], seed: int) -> MfccIsolationForest:
    """Return a detector fitted on the columns (n, k) of normal sound; raises BadDataError when n is below 2."""
    known = np.ma.masked_invalid(x)
    if len(x) < 2:
        raise BadDataError(f"A sound detector cannot be fitted on {len(x)} clips; give at least 2 of normal sound.")
    mean, spread = known.mean(axis=0).filled(0.0), known.std(axis=0).filled(0.0)
    spread[spread == 0.0] = 1.0
    forest = fit_isolation_forest((x - mean) / spread, columns, seed)
    return MfccIsolationForest(columns, {"mean": mean, "spread": spread} | joined({"forest": forest.arrays()}))
