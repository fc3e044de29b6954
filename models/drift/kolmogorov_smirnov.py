"""Two-sample Kolmogorov-Smirnov test, with Cliff's delta as the effect.

The p-value depends on the sizes of the samples, so it alone decides nothing: a plain daily cycle has p = 0.
Source: Cliff, N. (1993), Dominance statistics: ordinal analyses to answer ordinal questions, Psychological Bulletin.
"""

import numpy as np
from numpy.typing import NDArray

from models.drift.drift_test import Comparison, checked, unknown

LEAST_ROWS = 3


def kolmogorov_smirnov(reference: NDArray[np.float64], current: NDArray[np.float64]) -> Comparison:
    """Compare each feature of `reference` (n, f) and `current` (m, f); NaN rows of a feature are left out of it."""
    from scipy.stats import ks_2samp

    checked(reference, current)
    found = unknown(reference.shape[1])
    for j in range(reference.shape[1]):
        before, now = _finite(reference[:, j]), _finite(current[:, j])
        if min(len(before), len(now)) < LEAST_ROWS:
            continue
        result = ks_2samp(before, now)
        found.statistic[j], found.p_value[j] = result.statistic, result.pvalue
        found.effect[j] = cliffs_delta(before, now)
    return found


def cliffs_delta(before: NDArray[np.float64], now: NDArray[np.float64]) -> float:
    """Return how much more often a value of `now` is above one of `before` than below: -1 to 1."""
    ordered = np.sort(before)
    below = np.searchsorted(ordered, now, side="left")
    up_to = np.searchsorted(ordered, now, side="right")
    return float((below + up_to - len(ordered)).sum() / (len(ordered) * len(now)))


def _finite(column: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(column[np.isfinite(column)], np.float64)
