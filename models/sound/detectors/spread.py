"""Where scores of normal clips lie, and how wide, whatever the few largest of them are."""

import numpy as np
from numpy.typing import NDArray

NORMAL = 1.4826
"""Standard deviations of a normal distribution in one median absolute deviation."""


def centre_and_spread(scores: NDArray[np.float64]) -> tuple[float, float]:
    """Return the median of scores (n,) and their standard deviation by the median absolute deviation, above 0."""
    centre = float(np.median(scores))
    spread = NORMAL * float(np.median(np.abs(scores - centre)))
    return centre, spread if spread > 0.0 else 1.0
