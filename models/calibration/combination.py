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


@kernel
def tempered(p_value: float, weight: float, members: int) -> float:
    """Return what the p-value of one of `members` counts as: nearer to 1 where its weight is below an equal share.

    p to a power below 1 is larger than p, so what holds of p holds of it.
    """
    share = weight * members
    return p_value**share if share < 1.0 else p_value


@kernel
def combine_weighted(p_values: NDArray[np.float64], weights: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Write the combined p-value (n,) of each row of `p_values` (n, d) by `weights` (d,); NaN where none is known.

    The Cauchy combination is as exact for any weights that the row itself has no part in.
    """
    members = len(weights)
    for i in range(len(p_values)):
        total, weight = 0.0, 0.0
        for d in range(members):
            if not isnan(p_values[i, d]):
                total += weights[d] / tan(pi * min(tempered(p_values[i, d], weights[d], members), LARGEST_P))
                weight += weights[d]
        out[i] = atan2(1.0, total / weight) / pi if weight > 0.0 else nan
