"""Gradient-boosted trees in service: some features of a row foretold from the rows before it.

The score is the root mean square of what they were wrong by, each in its usual error. The trees are plain arrays, read
off LightGBM's own dump by training, which checks that both say the same.
Source: Ke, G. et al. (2017), LightGBM: a highly efficient gradient boosting decision tree, NIPS.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import LARGEST_Z, Arrays, check_columns
from models.kernel import kernel


class TreeForecast:
    """t trees over s nodes for q targets, from c rows of k columns before each row.

    By node: `feature` int32 in the c · k numbers before, `cut` float64 (at most goes left), `left` and `right` int32,
    negative for a leaf ~i of `value` float64. By tree: `root` int32, its node or leaf, `target` int32 place in
    `targets` int32 (q,), the columns foretold. `usual` (q,) float64 is the usual error, `context` (1,) int64 is c.
    """

    def __init__(self, columns: tuple[str, ...], arrays: Arrays) -> None:
        check_columns(columns)
        self.columns = columns
        self._feature, self._left, self._right = (np.array(arrays[n], np.int32) for n in ("feature", "left", "right"))
        self._root, self._target, self._targets = (np.array(arrays[n], np.int32) for n in ("root", "target", "targets"))
        self._cut, self._value, self._usual = (np.array(arrays[n], np.float64) for n in ("cut", "value", "usual"))
        self._context = np.array(arrays["context"], np.int64)
        self._check()

    def _check(self) -> None:
        """Raise ValueError where a number points out of its array: the kernel does not look."""
        nodes, leaves = len(self._feature), len(self._value)
        inside = [
            _within(self._feature, 0, int(self._context[0]) * len(self.columns)),
            _within(self._target, 0, len(self._targets)),
            _within(self._targets, 0, len(self.columns)),
            *(_within(each, -leaves, nodes) for each in (self._left, self._right, self._root)),
            len(self._cut) == len(self._left) == len(self._right) == nodes,
            len(self._root) == len(self._target),
            len(self._usual) == len(self._targets) > 0,
            # A child stands after its node, so every way down ends.
            bool(np.all((self._left < 0) | (self._left > np.arange(nodes)))),
            bool(np.all((self._right < 0) | (self._right > np.arange(nodes)))),
        ]
        if not all(inside):
            raise ValueError("trees point out of their arrays")

    def foretell(self, history: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the targets (n, q) after rows (n, c, k) of finite numbers."""
        before = np.ascontiguousarray(history.reshape(len(history), history.shape[1] * history.shape[2]))
        out = np.zeros((len(history), len(self._targets)))
        _foretell(self._feature, self._cut, self._left, self._right, self._value, self._root, self._target, before, out)
        return out

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the error (n,) of the last of rows (n, c + 1, k) against the ones before; NaN where one is missing."""
        rows = np.where(np.isnan(x), 0.0, np.clip(x, -LARGEST_Z, LARGEST_Z))
        wrong = (rows[:, -1, self._targets] - self.foretell(rows[:, :-1])) / self._usual
        scores: NDArray[np.float64] = np.sqrt((wrong * wrong).sum(axis=1) / len(self._targets))
        scores[(2 * np.isnan(x).sum(axis=2) > len(self.columns)).any(axis=1)] = np.nan
        return scores

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        names = ("feature", "left", "right", "root", "target", "targets", "cut", "value", "usual", "context")
        return {name: getattr(self, f"_{name}") for name in names}

    @classmethod
    def from_arrays(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Return the trees that had these arrays."""
        return cls(columns, arrays)


def _within(numbers: NDArray[np.int32], low: int, high: int) -> bool:
    return not len(numbers) or bool(numbers.min() >= low and numbers.max() < high)


@kernel
def _foretell(
    feature: NDArray[np.int32],
    cut: NDArray[np.float64],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    value: NDArray[np.float64],
    root: NDArray[np.int32],
    target: NDArray[np.int32],
    before: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    for i in range(len(before)):
        for t in range(len(root)):
            node = root[t]
            while node >= 0:
                node = left[node] if before[i, feature[node]] <= cut[node] else right[node]
            out[i, target[t]] += value[~node]
