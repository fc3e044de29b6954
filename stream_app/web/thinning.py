"""Never more points than pixels: thinned by minimum and maximum, so that no spike disappears; gaps stay gaps."""

import numpy as np
from numpy.typing import NDArray

_GAP_PERIODS = 5.0
_LEAST_GAP_US = 1_000_000


def thinned(ts_us: NDArray[np.int64], value: NDArray[np.float64], points: int) -> NDArray[np.int64]:
    """Return which of n points (ascending times) to draw: the lowest and highest of each of `points` / 2 equal spans.

    A span that holds nothing but NaN keeps one of them. All are kept where there are no more than `points`.
    """
    n = len(ts_us)
    if n <= points:
        return np.arange(n)
    spans = max(1, points // 2)
    start_us, end_us = int(ts_us[0]), int(ts_us[-1])
    span = (ts_us - start_us) * spans // (end_us - start_us + 1)
    first = np.flatnonzero(np.diff(span, prepend=-1))
    counts = np.diff(first, append=n)
    lowest = np.repeat(np.fmin.reduceat(value, first), counts)
    highest = np.repeat(np.fmax.reduceat(value, first), counts)
    missing = np.isnan(lowest)
    chosen = [_first_of_each(span, wanted) for wanted in (value == lowest, value == highest, missing)]
    kept: NDArray[np.int64] = np.unique(np.concatenate(chosen))
    return kept


def _first_of_each(span: NDArray[np.int64], wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
    at = np.flatnonzero(wanted)
    first: NDArray[np.int64] = at[np.diff(span[at], prepend=-1) != 0]
    return first


def with_gaps(ts_us: NDArray[np.int64], value: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the points with a NaN in the middle of each stretch of five periods or more without any.

    The period is the median distance; a stretch below one second is no gap.
    """
    if len(ts_us) < 3:
        return ts_us, value
    distance = np.diff(ts_us)
    limit_us = max(_LEAST_GAP_US, _GAP_PERIODS * float(np.median(distance)))
    after = np.flatnonzero(distance > limit_us)
    if not len(after):
        return ts_us, value
    middle = ts_us[after] + distance[after] // 2
    return np.insert(ts_us, after + 1, middle), np.insert(value, after + 1, np.nan)
