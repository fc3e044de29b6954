"""Nearest neighbours: the mean distance of a row to the nearest ones among a bounded sample of learned rows.

Source: Angiulli, F. and Pizzuti, C. (2002), Fast outlier detection in high dimensional spaces, PKDD.
"""

from math import inf, sqrt
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.detectors.reservoir import insert
from models.detectors.row_detector import Arrays, check_columns, learn_all, score_unlearned
from models.kernel import kernel

CAPACITY = 256
NEIGHBOURS = 5
FIRST_SCORE_ROWS = 32


class Neighbours:
    """A sample of learned rows, learning online; it scores after FIRST_SCORE_ROWS.

    `sample` (k, capacity) float32, a column a row; `counts` (2,) int64: seed, rows learned.
    """

    def __init__(self, columns: tuple[str, ...], arrays: Arrays) -> None:
        check_columns(columns)
        self.columns = columns
        self._sample = np.array(arrays["sample"], np.float32)
        self._counts = np.array(arrays["counts"], np.int64)
        self._squares = np.empty(self._sample.shape[1], np.float32)
        self._nearest = np.empty(NEIGHBOURS, np.float32)

    def advance(self, rows: NDArray[np.float32], learn: NDArray[np.bool_], scores: NDArray[np.float64]) -> None:
        """Score each of the standard rows (n, k), then learn it where `learn` (n,) is set."""
        advance(self._sample, self._counts, self._squares, self._nearest, rows, learn, scores)

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean distances (n,) of rows (n, k) to their nearest neighbours in the sample."""
        return score_unlearned(self, x)

    @property
    def sample(self) -> NDArray[np.float32]:
        """The rows (m, k) in the sample."""
        return np.ascontiguousarray(self._sample[:, : self._counts[1]].T)

    @property
    def state(self) -> tuple[NDArray[Any], ...]:
        """The arrays that `advance` works on."""
        return (self._sample, self._counts, self._squares, self._nearest)

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        return {"sample": self._sample, "counts": self._counts}

    @classmethod
    def from_arrays(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Return the sample that had these arrays."""
        return cls(columns, arrays)


def no_neighbours(columns: tuple[str, ...], seed: int) -> Neighbours:
    """Return an empty sample."""
    return Neighbours(
        columns, {"sample": np.zeros((len(columns), CAPACITY), np.float32), "counts": np.array([seed, 0])}
    )


def fit_neighbours(x: NDArray[np.float64], columns: tuple[str, ...], seed: int) -> Neighbours:
    """Return a sample of rows (n, k)."""
    neighbours = no_neighbours(columns, seed)
    learn_all(neighbours, x)
    return neighbours


@kernel
def _distance(
    sample: NDArray[np.float32],
    filled: int,
    row: NDArray[np.float32],
    squares: NDArray[np.float32],
    nearest: NDArray[np.float32],
) -> float:
    """Return the mean distance of `row` (k,) to its nearest among the first `filled` of the sample."""
    k = len(row)
    for i in range(filled):
        squares[i] = 0.0
    # Column by column, so that the inner loop runs over neighbours and its sums do not depend on how it is cut.
    j = 0
    while j + 4 <= k:
        a, b, c, d = sample[j], sample[j + 1], sample[j + 2], sample[j + 3]
        at_a, at_b, at_c, at_d = row[j], row[j + 1], row[j + 2], row[j + 3]
        for i in range(filled):
            to_a, to_b, to_c, to_d = a[i] - at_a, b[i] - at_b, c[i] - at_c, d[i] - at_d
            squares[i] += (to_a * to_a + to_b * to_b) + (to_c * to_c + to_d * to_d)
        j += 4
    while j < k:
        a = sample[j]
        for i in range(filled):
            to_a = a[i] - row[j]
            squares[i] += to_a * to_a
        j += 1
    for m in range(NEIGHBOURS):
        nearest[m] = inf
    farthest = nearest[NEIGHBOURS - 1]
    for i in range(filled):
        if squares[i] < farthest:
            m = NEIGHBOURS - 1
            while m > 0 and nearest[m - 1] > squares[i]:
                nearest[m] = nearest[m - 1]
                m -= 1
            nearest[m] = squares[i]
            farthest = nearest[NEIGHBOURS - 1]
    total = 0.0
    for m in range(NEIGHBOURS):
        total += sqrt(nearest[m])
    return total / NEIGHBOURS


@kernel
def advance(
    sample: NDArray[np.float32],
    counts: NDArray[np.int64],
    squares: NDArray[np.float32],
    nearest: NDArray[np.float32],
    rows: NDArray[np.float32],
    learn: NDArray[np.bool_],
    scores: NDArray[np.float64],
) -> None:
    """Score each of the standard rows (n, k), then learn it where `learn` (n,) is set; `scores` (0,): only learn.

    `squares` and `nearest` are scratch.
    """
    capacity, tells = sample.shape[1], len(scores) > 0
    for i in range(len(rows)):
        row = rows[i]
        filled = min(counts[1], capacity)
        if tells:
            scores[i] = _distance(sample, filled, row, squares, nearest) if filled >= FIRST_SCORE_ROWS else np.nan
        if learn[i]:
            insert(sample, counts[0], counts[1], row)
            counts[1] += 1
