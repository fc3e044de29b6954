"""Mahalanobis distance by a shrunk covariance that follows the healthy rows.

Mean and covariance move with every row learned; the Cholesky factor that scores is renewed at stated counts of them.
Sources: Chen, Y., Wiesel, A., Eldar, Y. C. and Hero, A. O. (2010), Shrinkage algorithms for MMSE covariance
estimation, IEEE Trans. Signal Processing 58(10), eq. 23 (OAS); Finch, T. (2009), Incremental calculation of weighted
mean and variance.
"""

from math import sqrt
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import Arrays, check_columns, learn_all, score_unlearned
from models.kernel import kernel

MEMORY_ROWS = 8192
"""Beyond so many rows learned, older ones fade with this time constant."""

LEARN_LIMIT_Z = 10.0
"""What is learned is cut here, so that one wild row does not own the covariance."""

LEAST_VARIANCE = 0.01
"""Added to each variance: a tenth of what is usual for the sensor is never strange."""

FIRST_FACTOR_ROWS = 32
RENEW_ROWS = 32
LATE_RENEW_ROWS = 256
LATE_FROM_ROWS = 1024


class Mahalanobis:
    """Mean and covariance of k columns, learning online; it scores after FIRST_FACTOR_ROWS.

    `mean` (k,), `covariance` and `factor` (k (k + 1) / 2,) float64, lower triangles column by column, the diagonal of
    the factor inverted; `learned` (1,) int64.
    """

    def __init__(self, columns: tuple[str, ...], arrays: Arrays) -> None:
        check_columns(columns)
        self.columns = columns
        self._mean = np.array(arrays["mean"], np.float64)
        self._covariance = np.array(arrays["covariance"], np.float64)
        self._factor = np.array(arrays["factor"], np.float64)
        self._learned = np.array(arrays["learned"], np.int64)
        self._residual = np.empty(len(columns))

    def advance(self, rows: NDArray[np.float32], learn: NDArray[np.bool_], scores: NDArray[np.float64]) -> None:
        """Score each of the standard rows (n, k), then learn it where `learn` (n,) is set."""
        advance(self._mean, self._covariance, self._factor, self._learned, self._residual, rows, learn, scores)

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the distances (n,) of rows (n, k)."""
        return score_unlearned(self, x)

    @property
    def mean(self) -> NDArray[np.float64]:
        """The healthy mean (k,)."""
        return self._mean.copy()

    @property
    def state(self) -> tuple[NDArray[Any], ...]:
        """The arrays that `advance` works on."""
        return (self._mean, self._covariance, self._factor, self._learned, self._residual)

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        return {"mean": self._mean, "covariance": self._covariance, "factor": self._factor, "learned": self._learned}

    @classmethod
    def from_arrays(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Return the detector that had these arrays."""
        return cls(columns, arrays)


def no_mahalanobis(columns: tuple[str, ...]) -> Mahalanobis:
    """Return a detector that has seen no row."""
    k = len(columns)
    triangle = np.zeros(k * (k + 1) // 2)
    arrays = {"mean": np.zeros(k), "covariance": triangle, "factor": triangle, "learned": np.zeros(1, np.int64)}
    return Mahalanobis(columns, arrays)


def fit_mahalanobis(x: NDArray[np.float64], columns: tuple[str, ...], seed: int = 0) -> Mahalanobis:
    """Return a detector that has learned rows (n, k)."""
    del seed  # nothing here is random
    detector = no_mahalanobis(columns)
    learn_all(detector, x)
    return detector


@kernel
def shrinkage(covariance: NDArray[np.float64], k: int, rows: float) -> tuple[float, float]:
    """Return by OAS how far to shrink a covariance (lower triangle) of `rows` rows, and the variance to shrink to."""
    trace, squares, at = 0.0, 0.0, 0
    for j in range(k):
        trace += covariance[at]
        squares += covariance[at] * covariance[at]
        for i in range(1, k - j):
            squares += 2.0 * covariance[at + i] * covariance[at + i]
        at += k - j
    above = (1.0 - 2.0 / k) * squares + trace * trace
    below = (rows + 1.0 - 2.0 / k) * (squares - trace * trace / k)
    return (min(above / below, 1.0) if below > 0.0 else 1.0), trace / k


@kernel
def _renew(covariance: NDArray[np.float64], factor: NDArray[np.float64], k: int, rows: float) -> None:
    """Write the Cholesky factor of the shrunk covariance."""
    share, variance = shrinkage(covariance, k, rows)
    at = 0
    for j in range(k):
        for i in range(k - j):
            factor[at + i] = (1.0 - share) * covariance[at + i]
        factor[at] += share * variance + LEAST_VARIANCE
        at += k - j
    at = 0
    for j in range(k):
        pivot = sqrt(factor[at])
        for i in range(1, k - j):
            factor[at + i] /= pivot
        below = at + k - j
        for m in range(1, k - j):
            by = factor[at + m]
            column, rest = factor[at + m : at + k - j], factor[below : below + k - j - m]
            for i in range(len(rest)):
                rest[i] -= by * column[i]
            below += k - j - m
        factor[at] = 1.0 / pivot
        at += k - j


@kernel
def advance(
    mean: NDArray[np.float64],
    covariance: NDArray[np.float64],
    factor: NDArray[np.float64],
    learned: NDArray[np.int64],
    residual: NDArray[np.float64],
    rows: NDArray[np.float32],
    learn: NDArray[np.bool_],
    scores: NDArray[np.float64],
) -> None:
    """Score each of the standard rows (n, k), then learn it where `learn` (n,) is set; `scores` (0,): only learn.

    `residual` (k,) is scratch.
    """
    k, tells = len(mean), len(scores) > 0
    for i in range(len(rows)):
        if tells:
            scores[i] = np.nan
        if tells and learned[0] >= FIRST_FACTOR_ROWS:
            for j in range(k):
                residual[j] = rows[i, j] - mean[j]
            square, at = 0.0, 0
            for j in range(k):
                # Slices of equal length from their first number on are what the compiler makes vector instructions of.
                column, rest = factor[at : at + k - j], residual[j:]
                y = rest[0] * column[0]
                square += y * y
                for m in range(len(rest)):
                    rest[m] -= y * column[m]
                at += k - j
            scores[i] = sqrt(square)
        if learn[i]:
            learned[0] += 1
            n = learned[0]
            rate = max(1.0 / n, 1.0 / MEMORY_ROWS)
            for j in range(k):
                residual[j] = min(max(np.float64(rows[i, j]), -LEARN_LIMIT_Z), LEARN_LIMIT_Z) - mean[j]
                mean[j] += rate * residual[j]
            at = 0
            for j in range(k):
                column, rest = covariance[at : at + k - j], residual[j:]
                by = rate * rest[0]
                for m in range(len(rest)):
                    column[m] = (1.0 - rate) * (column[m] + by * rest[m])
                at += k - j
            if n % (RENEW_ROWS if n <= LATE_FROM_ROWS else LATE_RENEW_ROWS) == 0:
                _renew(covariance, factor, k, min(n, MEMORY_ROWS))
