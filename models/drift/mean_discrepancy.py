"""Maximum mean discrepancy with a Gaussian kernel: do the samples differ in any way, all features taken together?

The p-value comes from permutations of a fixed seed. Source: Gretton et al. (2012), A kernel two-sample test, JMLR 13.
"""

import numpy as np
from numpy.typing import NDArray

from models.drift.drift_test import Comparison, checked, unknown

LEAST_ROWS = 4
PERMUTATIONS = 400
MOST_ROWS = 256
_SEED = 20


def mean_discrepancy(reference: NDArray[np.float64], current: NDArray[np.float64]) -> Comparison:
    """Compare `reference` (n, f) with `current` (m, f) as a whole; rows with a NaN are left out, k is 1.

    The effect is √MMD²: 0 for equal distributions, at most √2, cut at 1. At most 256 rows of each are used.
    """
    checked(reference, current)
    before, now = (_usable(sample) for sample in (reference, current))
    if min(len(before), len(now)) < LEAST_ROWS or not before.shape[1]:
        return unknown(1)
    scale = before.std(axis=0)
    both = np.vstack([before, now]) / np.where(scale > 0.0, scale, 1.0)
    squares = (both**2).sum(axis=1)
    distance = np.maximum(squares[:, None] + squares[None, :] - 2.0 * both @ both.T, 0.0)
    typical = float(np.median(distance[np.triu_indices(len(both), 1)]))
    kernel = np.exp(-distance / (typical or 1.0))
    np.fill_diagonal(kernel, 0.0)
    n = len(before)
    observed = float(_statistics(kernel, np.arange(len(both))[None, :], n)[0])
    rng = np.random.default_rng(_SEED)
    orders = rng.permuted(np.tile(np.arange(len(both)), (PERMUTATIONS, 1)), axis=1)
    as_large = int((_statistics(kernel, orders, n) >= observed).sum())
    p_value = (as_large + 1) / (PERMUTATIONS + 1)
    return Comparison(np.array([observed]), np.array([p_value]), np.array([min(np.sqrt(max(observed, 0.0)), 1.0)]))


def _statistics(kernel: NDArray[np.float64], orders: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Return the unbiased MMD² of each order (p, n + m): the first n rows against the others."""
    m = orders.shape[1] - n
    first = np.zeros(orders.shape)
    np.put_along_axis(first, orders[:, :n], 1.0, axis=1)
    second = 1.0 - first
    of_first = first @ kernel
    within = (of_first * first).sum(axis=1) / (n * (n - 1))
    across = (of_first * second).sum(axis=1) / (n * m)
    others = ((second @ kernel) * second).sum(axis=1) / (m * (m - 1))
    return np.asarray(within + others - 2.0 * across, np.float64)


def _usable(sample: NDArray[np.float64]) -> NDArray[np.float64]:
    found = sample[np.isfinite(sample).all(axis=1)]
    # Rows in an order of their own, so that the order in which they came does not matter.
    found = found[np.lexsort(found.T[::-1])] if found.shape[1] else found
    step = -(-len(found) // MOST_ROWS) if len(found) else 1
    return np.asarray(found[::step], np.float64)
