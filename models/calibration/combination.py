"""One p-value from those of several detectors that see the same row, and so are correlated.

The Cauchy combination is exact for independent p-values and for equal ones, and nearly so in its tail between.
Source: Liu, Y. and Xie, J. (2020), Cauchy combination test, JASA 115(529).
"""

from math import atan2, isnan, nan, pi, tan

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel

LARGEST_P = 0.99
"""p-values are cut here: one that is nearly 1 would drown all others (truncated Cauchy combination)."""


@kernel
def combined(p_values: NDArray[np.float64]) -> float:
    """Return the combined p-value of those (d,) that are not NaN; NaN if there are none."""
    total, count = 0.0, 0
    for p in p_values:
        if not isnan(p):
            total += 1.0 / tan(pi * min(p, LARGEST_P))
            count += 1
    # The angle, not 1/2 - arctangent: it keeps its digits where p is small.
    return atan2(1.0, total / count) / pi if count > 0 else nan


@kernel
def joined(p_value: float, weight: float, other: float) -> float:
    """Return the combined p-value of one that has `weight` (0 to 1) and another that has the rest."""
    total = weight / tan(pi * min(p_value, LARGEST_P)) + (1.0 - weight) / tan(pi * min(other, LARGEST_P))
    return atan2(1.0, total) / pi


@kernel
def combine_rows(p_values: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Write the combined p-value (n,) of each row of `p_values` (n, d)."""
    for i in range(len(p_values)):
        out[i] = combined(p_values[i])
