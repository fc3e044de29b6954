"""The newest points of very many series in one bounded piece of memory."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_FIRST_ROWS = 256


class Points(NamedTuple):
    """n points of one series: `ts_us` (n,) µs since 1970, `values` (n, columns) float64."""

    ts_us: NDArray[np.int64]
    values: NDArray[np.float64]


class Rings:
    """One ring of points a row; all rows share `budget` points, so that each keeps fewer as rows come.

    There may be as many rows as the budget has points. Memory is taken as points arrive: 8 + 8 × columns bytes a point.
    """

    def __init__(self, columns: int, longest: int, budget: int) -> None:
        self.columns = columns
        self.capacity = longest
        self._budget = budget
        self._ts_us = np.zeros(budget, np.int64)
        self._values = np.zeros((budget, columns))
        self._written = np.zeros(_FIRST_ROWS, np.int64)

    @property
    def points(self) -> int:
        """How many points are held."""
        return int(np.minimum(self._written, self.capacity).sum())

    def written(self, row: int) -> int:
        """Return how many points a row was ever given."""
        return int(self._written[row]) if row < len(self._written) else 0

    def append(self, row: NDArray[np.int32], ts_us: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Take n points, (n,), (n,) and (n, columns), in order; the oldest points of full rows are forgotten."""
        if not len(row):
            return
        self._ensure(int(row.max()) + 1)
        order = np.argsort(row, kind="stable")
        sorted_row = row[order].astype(np.int64)
        first = np.flatnonzero(np.diff(sorted_row, prepend=-1))
        counts = np.diff(first, append=len(sorted_row))
        rank = np.arange(len(sorted_row)) - np.repeat(first, counts)
        # More than a whole ring at once: only what stays is written.
        stays = rank >= np.repeat(counts, counts) - self.capacity
        order, rank, kept_row = order[stays], rank[stays], sorted_row[stays]
        at = kept_row * self.capacity + (self._written[kept_row] + rank) % self.capacity
        self._ts_us[at] = ts_us[order]
        self._values[at] = values[order]
        self._written[sorted_row[first]] += counts

    def read(self, row: int, newest: int | None = None) -> Points:
        """Return the points of a row in order of time, at most `newest` of those that came last."""
        written = self.written(row)
        return self._between(row, written - min(written, newest or self.capacity), written)

    def since(self, row: int, count: int) -> Points:
        """Return what came after the first `count` points of a row, as far as it is held."""
        written = self.written(row)
        return self._between(row, count, written)

    def _between(self, row: int, start: int, stop: int) -> Points:
        start = max(start, stop - self.capacity)
        at = row * self.capacity + np.arange(start, stop) % self.capacity
        ts_us, values = self._ts_us[at], self._values[at]
        if np.any(ts_us[1:] < ts_us[:-1]):
            order = np.argsort(ts_us, kind="stable")
            return Points(ts_us[order], values[order])
        return Points(ts_us, values)

    def _ensure(self, rows: int) -> None:
        if rows > len(self._written):
            self._written = np.concatenate((self._written, np.zeros(max(rows, len(self._written)), np.int64)))
        # Room for twice as many rows each time, so that the rings are seldom laid out anew.
        capacity = max(1, min(self.capacity, self._budget // (1 << (rows - 1).bit_length())))
        if capacity == self.capacity:
            return
        held = [(row, self.read(row, capacity)) for row in range(len(self._written)) if self._written[row]]
        self.capacity = capacity
        self._ts_us = np.zeros(self._budget, np.int64)
        self._values = np.zeros((self._budget, self.columns))
        for row, points in held:
            n, written = len(points.ts_us), self.written(row)
            at = row * capacity + np.arange(written - n, written) % capacity
            self._ts_us[at] = points.ts_us
            self._values[at] = points.values
