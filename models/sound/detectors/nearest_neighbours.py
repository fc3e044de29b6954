"""Nearest neighbours: the mean distance of a clip to the normal ones that are nearest to it.

Source: Angiulli, F. and Pizzuti, C. (2002), Fast outlier detection in high dimensional spaces, PKDD.
"""

from math import sqrt
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import Arrays, check_columns, standard_rows
from models.kernel import kernel
from models.sound.detectors.nearest_clips import GROUPS, NOT_IN_BANK, drawn, nearest, squared_distances
from models.sound.detectors.normal_rows import normal_rows

NEIGHBOURS = 5


class NearestNeighbours:
    """A detector by distances; `clips` (m, b) float32."""

    def __init__(self, columns: tuple[str, ...], arrays: Arrays) -> None:
        check_columns(columns)
        self.columns = columns
        self._clips = np.array(arrays["clips"], np.float32)
        self._bank = np.ascontiguousarray(self._clips.T)

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean distances (n,) of standard profiles (n, b) to their neighbours, NaN for unknown ones."""
        z, judged = standard_rows(x, self.columns)
        scores = np.empty(len(z))
        order, distance = np.empty(NEIGHBOURS, np.int64), np.empty(NEIGHBOURS, np.float32)
        room = (np.empty(self._bank.shape[1], np.float32), np.empty(GROUPS, np.float32), order, distance)
        _score(self._bank, z, *room, scores)
        scores[~judged] = np.nan
        return scores

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        return {"clips": self._clips}

    @classmethod
    def from_arrays(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Return the detector that had these arrays."""
        return cls(columns, arrays)


def fit_nearest_neighbours(x: NDArray[np.float64], columns: tuple[str, ...], seed: int) -> NearestNeighbours:
    """Return a detector fitted on normal standard profiles (n, b); raises BadDataError when they are too few."""
    z = normal_rows(x, columns)
    return NearestNeighbours(columns, {"clips": z[drawn(len(z), seed)]})


@kernel
def _score(
    bank: NDArray[np.float32],
    rows: NDArray[np.float32],
    squares: NDArray[np.float32],
    least: NDArray[np.float32],
    order: NDArray[np.int64],
    distance: NDArray[np.float32],
    scores: NDArray[np.float64],
) -> None:
    for i in range(len(rows)):
        squared_distances(bank, rows[i], squares)
        nearest(squares, NOT_IN_BANK, least, order, distance)
        total = 0.0
        for a in range(len(order)):
            total += sqrt(distance[a])
        scores[i] = total / len(order)
