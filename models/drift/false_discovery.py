"""Many tests at once: q-values that keep the share of false discoveries.

Source: Benjamini, Y. and Hochberg, Y. (1995), Controlling the false discovery rate, JRSS B 57.
"""

import numpy as np
from numpy.typing import NDArray


def q_values(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each p-value (k,) the smallest share of false discoveries at which it counts; NaN stays NaN."""
    q = np.full(len(p_values), np.nan)
    known = np.flatnonzero(np.isfinite(p_values))
    if not len(known):
        return q
    order = known[np.argsort(p_values[known], kind="stable")]
    raw = p_values[order] * len(order) / np.arange(1, len(order) + 1)
    q[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return q
