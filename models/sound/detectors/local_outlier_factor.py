"""Local outlier factor: how much thinner the normal clips lie around a clip than around its nearest ones.

Source: Breunig, M. M., Kriegel, H.-P., Ng, R. T. and Sander, J. (2000), LOF: identifying density-based local outliers,
SIGMOD.
"""

from math import sqrt
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import Arrays, check_columns, standard_rows
from models.kernel import kernel
from models.sound.detectors.nearest_clips import GROUPS, NOT_IN_BANK, drawn, nearest, squared_distances
from models.sound.detectors.normal_rows import normal_rows

NEIGHBOURS = 10
_LEAST = 1e-12


class LocalOutlierFactor:
    """A detector by the density of a bank.

    `clips` (m, b) float32; `reach` (m,) and `density` (m,) float64, the distance of each clip's
    last neighbour and its local density.
    """

    def __init__(self, columns: tuple[str, ...], arrays: Arrays) -> None:
        check_columns(columns)
        self.columns = columns
        self._clips = np.array(arrays["clips"], np.float32)
        self._reach = np.array(arrays["reach"], np.float64)
        self._density = np.array(arrays["density"], np.float64)
        self._bank = np.ascontiguousarray(self._clips.T)

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the factors (n,) of standard profiles (n, b): about 1 for normal ones, NaN for unknown ones."""
        z, judged = standard_rows(x, self.columns)
        factors = self.factors(z, np.full(len(z), NOT_IN_BANK))[0]
        factors[~judged] = np.nan
        return factors

    def factors(
        self, z: NDArray[np.float32], itself: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return factor, local density and distance of the last neighbour (n,) of standard profiles (n, b)."""
        out = np.empty((3, len(z)))
        order, distance = np.empty(NEIGHBOURS, np.int64), np.empty(NEIGHBOURS, np.float32)
        room = (np.empty(self._bank.shape[1], np.float32), np.empty(GROUPS, np.float32), order, distance)
        _factors(self._bank, self._reach, self._density, z, itself, *room, out)
        return out[0], out[1], out[2]

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        return {"clips": self._clips, "reach": self._reach, "density": self._density}

    @classmethod
    def from_arrays(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Return the detector that had these arrays."""
        return cls(columns, arrays)


def fit_local_outlier_factor(x: NDArray[np.float64], columns: tuple[str, ...], seed: int) -> LocalOutlierFactor:
    """Return a detector fitted on normal standard profiles (n, b); raises BadDataError when they are too few."""
    z = normal_rows(x, columns)
    clips = z[drawn(len(z), seed)]
    itself = np.arange(len(clips))
    unknown = np.ones(len(clips))
    arrays: dict[str, NDArray[np.generic]] = {"clips": clips, "reach": unknown, "density": unknown}
    # The distances need no densities, and the densities only the distances.
    arrays["reach"] = LocalOutlierFactor(columns, arrays).factors(clips, itself)[2]
    arrays["density"] = LocalOutlierFactor(columns, arrays).factors(clips, itself)[1]
    return LocalOutlierFactor(columns, arrays)


@kernel
def _factors(
    bank: NDArray[np.float32],
    reach: NDArray[np.float64],
    density: NDArray[np.float64],
    rows: NDArray[np.float32],
    itself: NDArray[np.int64],
    squares: NDArray[np.float32],
    least: NDArray[np.float32],
    order: NDArray[np.int64],
    distance: NDArray[np.float32],
    out: NDArray[np.float64],
) -> None:
    k = len(order)
    for i in range(len(rows)):
        squared_distances(bank, rows[i], squares)
        nearest(squares, itself[i], least, order, distance)
        reached, around = 0.0, 0.0
        for a in range(k):
            reached += max(sqrt(distance[a]), reach[order[a]])
            around += density[order[a]]
        own = k / max(reached, _LEAST)
        out[0, i], out[1, i], out[2, i] = around / k / own, own, sqrt(distance[k - 1])
