"""A One-Class SVM in service: a weighted sum of Gaussian bumps around a few rows.

Also its Nyström form, whose linear map of bumps folds into their weights.
Sources: Schölkopf, B. et al. (2001), Estimating the support of a high-dimensional distribution, Neural Computation
13(7); Williams, C. and Seeger, M. (2001), Using the Nyström method to speed up kernel machines, NIPS.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import Arrays, check_columns, standard_rows
from models.kernel import kernel


class RbfExpansion:
    """`centres` (m, k) and `weights` (m,) float32, `gamma` (1,) float64: the score is minus the weighted sum."""

    def __init__(self, columns: tuple[str, ...], arrays: Arrays) -> None:
        check_columns(columns)
        self.columns = columns
        self._centres = np.ascontiguousarray(arrays["centres"], np.float32)
        self._weights = np.array(arrays["weights"], np.float32)
        self._gamma = np.array(arrays["gamma"], np.float64)
        if self._centres.shape != (len(self._weights), len(columns)) or self._gamma.shape != (1,):
            raise ValueError(f"centres {self._centres.shape} do not fit {len(columns)} columns")

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far rows (n, k) lie from what was learned (n,); NaN where they cannot be judged."""
        rows, judged = standard_rows(x, self.columns)
        scores = np.empty(len(rows))
        _score(self._centres, self._weights, self._gamma[0], rows, scores)
        scores[~judged] = np.nan
        return scores

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        return {"centres": self._centres, "weights": self._weights, "gamma": self._gamma}

    @classmethod
    def from_arrays(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Return the sum that had these arrays."""
        return cls(columns, arrays)


@kernel
def _score(
    centres: NDArray[np.float32],
    weights: NDArray[np.float32],
    gamma: float,
    rows: NDArray[np.float32],
    scores: NDArray[np.float64],
) -> None:
    for i in range(len(rows)):
        total, nearest = 0.0, np.inf
        for c in range(len(centres)):
            square = 0.0
            for j in range(rows.shape[1]):
                step = np.float64(rows[i, j] - centres[c, j])
                square += step * step
            total += weights[c] * np.exp(-gamma * square)
            nearest = min(nearest, square)
        # Far from all bumps the sum is 0 for everyone: there the distance to the nearest goes on telling rows apart.
        scores[i] = -total + 1e-6 * nearest
