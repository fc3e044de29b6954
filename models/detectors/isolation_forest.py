"""Isolation Forest: a strange row is separated from the others by few random cuts.

Every tree is complete, in heap order; a branch that ended early continues with cuts that send everything to the left,
so that scoring is the same number of steps for every row.
Source: Liu, F. T., Ting, K. M. and Zhou, Z.-H. (2008), Isolation Forest, ICDM.
"""

from math import ceil, inf, log2
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.detectors.counter_random import below, unit
from models.detectors.row_detector import Arrays, check_columns, standard_rows
from models.kernel import kernel
from schemas.errors import BadDataError

TREES = 100
SUBSAMPLE = 256
BLOCK_ROWS = 128
"""Rows that pass through all trees together: they and a tree stay in the nearest cache."""

# Unsigned, since a signed index may count from the end, and looking for that doubles the work.
_ROOT, _LEFT, _RIGHT = np.uint64(0), np.uint64(1), np.uint64(2)


class IsolationForest:
    """A fitted forest of t trees of depth d.

    `feature` (t, 2**d - 1) uint8 and `cut` (t, 2**d - 1) float32: smaller goes left; `length` (t, 2**d) float32, the
    path length of each end; `usual` (1,) float64, the mean path length of the subsample.
    """

    def __init__(self, columns: tuple[str, ...], arrays: Arrays) -> None:
        check_columns(columns)
        self.columns = columns
        self._feature = np.array(arrays["feature"], np.uint8)
        self._cut = np.array(arrays["cut"], np.float32)
        self._length = np.array(arrays["length"], np.float32)
        self._usual = np.array(arrays["usual"], np.float64)

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return 2 ** (-path length / usual length) (n,) of rows (n, k): 0 to 1, about 0.5 where nothing stands out."""
        rows, judged = standard_rows(x, self.columns)
        scores = np.empty(len(rows))
        self.judge(rows, scores)
        scores[~judged] = np.nan
        return scores

    def judge(self, rows: NDArray[np.float32], scores: NDArray[np.float64]) -> None:
        """Write the scores (n,) of standard rows (n, k)."""
        judge(self._feature, self._cut, self._length, self._usual[0], rows, scores)

    @property
    def state(self) -> tuple[NDArray[Any], ...]:
        """The arrays that `judge` works on."""
        return (self._feature, self._cut, self._length, self._usual)

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        return {"feature": self._feature, "cut": self._cut, "length": self._length, "usual": self._usual}

    @classmethod
    def from_arrays(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Return the forest that had these arrays."""
        return cls(columns, arrays)


def fit_isolation_forest(
    x: NDArray[np.float64], columns: tuple[str, ...], seed: int, *, trees: int = TREES, subsample: int = SUBSAMPLE
) -> IsolationForest:
    """Return a forest fitted on rows (n, k); raises BadDataError when fewer than two can be judged."""
    rows, judged = standard_rows(x, columns)
    return grow_forest(rows[judged], columns, seed, trees, subsample)


def grow_forest(
    rows: NDArray[np.float32], columns: tuple[str, ...], seed: int, trees: int, subsample: int
) -> IsolationForest:
    """Return a forest of `trees`, each grown on `subsample` of the standard rows (n, k)."""
    if len(rows) < 2:
        raise BadDataError(f"An isolation forest cannot be fitted on {len(rows)} rows; give at least 2.")
    taken = min(subsample, len(rows))
    depth = max(1, ceil(log2(taken)))
    inner = 2**depth - 1
    feature = np.zeros((trees, inner), np.uint8)
    cut = np.empty((trees, inner), np.float32)
    length = np.empty((trees, inner + 1), np.float32)
    usual = _usual_lengths(taken)
    scratch = np.empty((3, 2 * inner + 1 + max(len(rows), len(columns))), np.int64)
    ended = np.empty(2 * inner + 1)
    _grow(rows, seed, taken, usual, feature, cut, length, scratch, ended)
    arrays = {"feature": feature, "cut": cut, "length": length, "usual": usual[taken:]}
    return IsolationForest(columns, arrays)


def _usual_lengths(most: int) -> NDArray[np.float64]:
    """Return the mean path length of an unsuccessful search in a binary tree of 0 … most rows (most + 1,)."""
    lengths = np.zeros(most + 1)
    n = np.arange(2, most + 1)
    lengths[2:] = 2.0 * np.cumsum(1.0 / (n - 1)) - 2.0 * (n - 1) / n
    return lengths


@kernel
def _grow(
    rows: NDArray[np.float32],
    seed: int,
    taken: int,
    usual: NDArray[np.float64],
    feature: NDArray[np.uint8],
    cut: NDArray[np.float32],
    length: NDArray[np.float32],
    scratch: NDArray[np.int64],
    ended: NDArray[np.float64],
) -> None:
    """Grow all trees, each on the rows that a shuffle of its own puts first."""
    n, k = rows.shape
    trees, inner = feature.shape
    order, other, begins = scratch[0], scratch[1], scratch[2]
    draw = 0
    for t in range(trees):
        for i in range(n):
            order[i] = i
        for i in range(taken):
            j = i + below(seed, draw, n - i)
            draw += 1
            order[i], order[j] = order[j], order[i]
        # `begins` and the second half of `other` hold where the rows of each node begin and end in `order`.
        ends = other[k:]
        begins[0], ends[0], ended[0] = 0, taken, -1.0
        depth, level_end = 0, 1
        for node in range(2 * inner + 1):
            if node == level_end:
                depth += 1
                level_end = 2 * level_end + 1
            begin, end = begins[node], ends[node]
            if node >= inner:
                length[t, node - inner] = ended[node] if ended[node] >= 0.0 else depth + usual[end - begin]
                continue
            cut[t, node] = inf
            chosen = -1
            low, high = np.float32(0.0), np.float32(0.0)
            if ended[node] < 0.0 and end - begin > 1:
                # Features in random order until one is not constant here.
                for j in range(k):
                    other[j] = j
                for j in range(k):
                    pick = j + below(seed, draw, k - j)
                    draw += 1
                    other[j], other[pick] = other[pick], other[j]
                    low = high = rows[order[begin], other[j]]
                    for i in range(begin + 1, end):
                        value = rows[order[i], other[j]]
                        low = min(low, value)
                        high = max(high, value)
                    if low < high:
                        chosen = other[j]
                        break
            left, right = 2 * node + 1, 2 * node + 2
            if chosen < 0:
                ended[left] = ended[node] if ended[node] >= 0.0 else depth + usual[end - begin]
                ended[right] = ended[left]
                begins[left] = begins[right] = ends[left] = ends[right] = end
                continue
            at = np.float32(low + unit(seed, draw) * (high - low))
            draw += 1
            if at <= low:
                at = high
            feature[t, node], cut[t, node] = chosen, at
            middle = begin
            for i in range(begin, end):
                if rows[order[i], chosen] < at:
                    order[i], order[middle] = order[middle], order[i]
                    middle += 1
            ended[left] = ended[right] = -1.0
            begins[left], ends[left], begins[right], ends[right] = begin, middle, middle, end


@kernel
def judge(
    feature: NDArray[np.uint8],
    cut: NDArray[np.float32],
    length: NDArray[np.float32],
    usual: float,
    rows: NDArray[np.float32],
    scores: NDArray[np.float64],
) -> None:
    """Write the scores (n,) of standard rows (n, k)."""
    trees, inner = feature.shape
    ends = np.uint64(inner)
    n = len(rows)
    for first in range(0, n, BLOCK_ROWS):
        last = min(first + BLOCK_ROWS, n)
        for i in range(first, last):
            scores[i] = 0.0
        for t in range(trees):
            features, cuts, lengths = feature[t], cut[t], length[t]
            i = first
            # Four rows at once hide the latency of each other's memory reads.
            while i + 4 <= last:
                a = b = c = d = _ROOT
                while a < ends:
                    a = a + a + (_LEFT if rows[i, features[a]] < cuts[a] else _RIGHT)
                    b = b + b + (_LEFT if rows[i + 1, features[b]] < cuts[b] else _RIGHT)
                    c = c + c + (_LEFT if rows[i + 2, features[c]] < cuts[c] else _RIGHT)
                    d = d + d + (_LEFT if rows[i + 3, features[d]] < cuts[d] else _RIGHT)
                scores[i] += lengths[a - ends]
                scores[i + 1] += lengths[b - ends]
                scores[i + 2] += lengths[c - ends]
                scores[i + 3] += lengths[d - ends]
                i += 4
            while i < last:
                a = _ROOT
                while a < ends:
                    a = a + a + (_LEFT if rows[i, features[a]] < cuts[a] else _RIGHT)
                scores[i] += lengths[a - ends]
                i += 1
        for i in range(first, last):
            scores[i] = 2.0 ** (-scores[i] / (trees * usual))
