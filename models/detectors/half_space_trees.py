"""Half-Space Trees: how many of the last window of rows lay where this row lies, at every scale of random halvings.

The halvings are drawn before any row is seen, within limits that healthy standardised rows mostly keep; learning only
counts. The counts of the full window before serve as the reference while the next one fills.
Source: Tan, S. C., Ting, K. M. and Liu, F. T. (2011), Fast anomaly detection for streaming data, IJCAI; the form of
score, padding and early end is that of river's HalfSpaceTrees.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.detectors.counter_random import unit
from models.detectors.row_detector import Arrays, check_columns, learn_all, score_unlearned
from models.kernel import kernel

TREES = 20
DEPTH = 7
WINDOW_ROWS = 256
LIMIT_Z = 5.0
"""Halvings lie within ± this."""

PADDING = 0.15
"""Share of a range, at both of its ends, in which it is never halved."""

END_SHARE = 0.1
"""A branch with less than this share of the window is not followed further."""

# Unsigned, since a signed index may count from the end.
_ROOT, _LEFT, _RIGHT = np.uint64(0), np.uint64(1), np.uint64(2)


class HalfSpaceTrees:
    """t trees of depth d in heap order, learning online; it scores after its first full window.

    `feature` (t, 2**d - 1) uint8 and `cut` (t, 2**d - 1) float32: smaller goes left; `reference` and `latest`
    (t, 2**(d+1) - 1) uint16: rows of the window before and of the present one in each node; `counts` (3,) int64: rows
    in the present window, full windows so far, rows of a window (at most 65,535).
    """

    def __init__(self, columns: tuple[str, ...], arrays: Arrays) -> None:
        check_columns(columns)
        self.columns = columns
        self._feature = np.array(arrays["feature"], np.uint8)
        self._cut = np.array(arrays["cut"], np.float32)
        self._reference = np.array(arrays["reference"], np.uint16)
        self._latest = np.array(arrays["latest"], np.uint16)
        self._counts = np.array(arrays["counts"], np.int64)

    def advance(self, rows: NDArray[np.float32], learn: NDArray[np.bool_], scores: NDArray[np.float64]) -> None:
        """Score each of the standard rows (n, k), then learn it where `learn` (n,) is set."""
        advance(self._feature, self._cut, self._reference, self._latest, self._counts, rows, learn, scores)

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return 1 - mass / largest mass (n,) of rows (n, k), 0 to 1."""
        return score_unlearned(self, x)

    @property
    def state(self) -> tuple[NDArray[Any], ...]:
        """The arrays that `advance` works on."""
        return (self._feature, self._cut, self._reference, self._latest, self._counts)

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        return {
            "feature": self._feature,
            "cut": self._cut,
            "reference": self._reference,
            "latest": self._latest,
            "counts": self._counts,
        }

    @classmethod
    def from_arrays(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Return the trees that had these arrays."""
        return cls(columns, arrays)


def plant_half_space_trees(columns: tuple[str, ...], seed: int) -> HalfSpaceTrees:
    """Return trees that have seen no row."""
    inner = 2**DEPTH - 1
    feature = np.empty((TREES, inner), np.uint8)
    cut = np.empty((TREES, inner), np.float32)
    _plant(seed, feature, cut, np.empty((2, len(columns))))
    masses = np.zeros((TREES, 2 * inner + 1), np.uint16)
    counts = np.array([0, 0, WINDOW_ROWS])
    arrays = {"feature": feature, "cut": cut, "reference": masses, "latest": masses, "counts": counts}
    return HalfSpaceTrees(columns, arrays)


def fit_half_space_trees(x: NDArray[np.float64], columns: tuple[str, ...], seed: int) -> HalfSpaceTrees:
    """Return trees that have learned rows (n, k)."""
    trees = plant_half_space_trees(columns, seed)
    learn_all(trees, x)
    return trees


@kernel
def _plant(seed: int, feature: NDArray[np.uint8], cut: NDArray[np.float32], limits: NDArray[np.float64]) -> None:
    """Draw the halvings; `limits` (2, k) is scratch for the range of each feature at a node."""
    low, high = limits[0], limits[1]
    k = len(low)
    draw = 0
    for t in range(len(feature)):
        for node in range(feature.shape[1]):
            width = 0.0
            for j in range(k):
                low[j], high[j] = -LIMIT_Z, LIMIT_Z
            # The ranges at a node are what the halvings above it leave.
            child = node
            while child > 0:
                above = (child - 1) // 2
                split, at = feature[t, above], np.float64(cut[t, above])
                if child % 2 == 1:
                    high[split] = min(high[split], at)
                else:
                    low[split] = max(low[split], at)
                child = above
            for j in range(k):
                width += high[j] - low[j]
            # A wider range is halved more often, as in river.
            left = unit(seed, draw) * width
            chosen = 0
            while chosen < k - 1 and left >= high[chosen] - low[chosen]:
                left -= high[chosen] - low[chosen]
                chosen += 1
            share = PADDING + unit(seed, draw + 1) * (1.0 - 2.0 * PADDING)
            feature[t, node] = chosen
            cut[t, node] = low[chosen] + share * (high[chosen] - low[chosen])
            draw += 2


@kernel
def advance(
    feature: NDArray[np.uint8],
    cut: NDArray[np.float32],
    reference: NDArray[np.uint16],
    latest: NDArray[np.uint16],
    counts: NDArray[np.int64],
    rows: NDArray[np.float32],
    learn: NDArray[np.bool_],
    scores: NDArray[np.float64],
) -> None:
    """Score each of the standard rows (n, k), then learn it where `learn` (n,) is set; `scores` (0,): only learn."""
    tells = len(scores) > 0
    trees, nodes = latest.shape
    ends = np.uint64(feature.shape[1])
    window = counts[2]
    least = END_SHARE * window
    for i in range(len(rows)):
        learns = learn[i]
        total = 0
        for t in range(trees):
            features, cuts, usual, present = feature[t], cut[t], reference[t], latest[t]
            node, weight, counting = _ROOT, 1, tells
            while True:
                mass = int(np.int64(usual[node]))
                total += mass * weight if counting else 0
                counting = counting and mass >= least
                if learns:
                    present[node] += 1
                if node >= ends or not (counting or learns):
                    break
                node = node + node + (_LEFT if rows[i, features[node]] < cuts[node] else _RIGHT)
                weight *= 2
        if tells:
            scores[i] = 1.0 - total / (trees * window * nodes) if counts[1] > 0 else np.nan
        if learns:
            counts[0] += 1
            if counts[0] == window:
                for t in range(trees):
                    for at in range(nodes):
                        reference[t, at] = latest[t, at]
                        latest[t, at] = 0
                counts[0] = 0
                counts[1] += 1
