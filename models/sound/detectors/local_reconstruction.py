"""Local linear reconstruction: a strange clip is badly rebuilt from the normal ones that are nearest to it.

Either by all bands at once, or as an ensemble of detectors that see a quarter of the bands each: a fault in few bands,
which the many others would drown, has neighbours of its own there.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import Arrays, check_columns, standard_rows
from models.sound.detectors.array_parts import joined, part_of
from models.sound.detectors.normal_rows import normal_rows
from models.sound.detectors.reconstruction_view import ReconstructionView

QUARTERS = 4


class LocalReconstruction:
    """A detector of v ranges of columns; `bounds` (v + 1,) int64; `0.…` to `v - 1.…` see ReconstructionView."""

    def __init__(self, columns: tuple[str, ...], arrays: Arrays) -> None:
        check_columns(columns)
        self.columns = columns
        self._bounds = np.array(arrays["bounds"], np.int64)
        self._views = [ReconstructionView(part_of(arrays, str(v))) for v in range(len(self._bounds) - 1)]

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean standard scores (n,) of rows (n, k): about 0 for normal ones, NaN where it cannot say."""
        rows, judged = standard_rows(x, self.columns)
        total = np.zeros(len(rows))
        for v, view in enumerate(self._views):
            total += view.score(rows[:, self._bounds[v] : self._bounds[v + 1]])
        total /= len(self._views)
        total[~judged] = np.nan
        return total

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        return {"bounds": self._bounds} | joined({str(v): view.arrays() for v, view in enumerate(self._views)})

    @classmethod
    def from_arrays(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Return the detector that had these arrays."""
        return cls(columns, arrays)


def fit_local_reconstruction(x: NDArray[np.float64], columns: tuple[str, ...], seed: int) -> LocalReconstruction:
    """Return a detector by all columns, fitted on normal rows (n, k); raises BadDataError when they are too few."""
    return _fit(x, columns, seed, parts=1)


def fit_reconstruction_ensemble(x: NDArray[np.float64], columns: tuple[str, ...], seed: int) -> LocalReconstruction:
    """Return an ensemble by quarters of the columns, fitted on normal rows (n, k); raises BadDataError when they are
    too few."""
    return _fit(x, columns, seed, min(QUARTERS, len(columns)))


def _fit(x: NDArray[np.float64], columns: tuple[str, ...], seed: int, parts: int) -> LocalReconstruction:
    rows = normal_rows(x, columns)
    bounds = np.array([len(columns) * v // parts for v in range(parts + 1)])
    views = [ReconstructionView.fitted(rows[:, bounds[v] : bounds[v + 1]], seed) for v in range(parts)]
    arrays = {"bounds": bounds} | joined({str(v): view.arrays() for v, view in enumerate(views)})
    return LocalReconstruction(columns, arrays)
