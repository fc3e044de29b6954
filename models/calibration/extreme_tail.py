"""The tail of a distribution beyond its largest values: generalised Pareto for a short stretch, then exponential.

Beyond END_SHARE of what the data can show the tail goes on with the slope that it has there, so that it is never 0 and
always falls, also where a fitted shape says that there is an end.
Sources: Hosking, J. R. M. and Wallis, J. R. (1987), Parameter and quantile estimation for the generalized Pareto
distribution, Technometrics 29(3) (probability-weighted moments); Pickands, J. (1975), Annals of Statistics 3(1).
"""

from math import exp, log1p

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel

START, START_P, SCALE, SHAPE, END, END_P, END_SCALE = range(7)
TAIL_NUMBERS = 7
"""Numbers of a fitted tail: where it starts, the chance to get there, the Pareto scale and shape; where its
exponential part starts, the chance to get there, and its scale."""

DOUBT = 100.0
"""The shape is drawn towards 0, the exponential, as if so many values had said so."""

LEAST_SHAPE, LARGEST_SHAPE = -0.1, 0.5
"""A sharper end than this is taken for chance: believed, it would make the next large healthy score a certain fault."""

END_SHARE = 0.3
SMALLEST_P = 1e-300


@kernel
def fit(sorted_values: NDArray[np.float32], first: int, chance: float, one: float, tail: NDArray[np.float64]) -> None:
    """Write the tail (TAIL_NUMBERS,) of ascending values from number `first`: what is above the value before it.

    `chance` is that of being above; `one` is the share that a single value stands for.
    """
    start = np.float64(sorted_values[first - 1])
    n = len(sorted_values) - first
    mean, weighted = 0.0, 0.0
    for i in range(n):
        above = sorted_values[first + i] - start
        mean += above
        weighted += above * (1.0 - (i + 0.65) / n)
    mean /= n
    weighted /= n
    shape = 0.0
    if mean > 2.0 * weighted:
        shape = 2.0 - mean / (mean - 2.0 * weighted)
    shape = min(max(shape * n / (n + DOUBT), LEAST_SHAPE), LARGEST_SHAPE)
    # The scale that keeps the mean, and never 0 where all values are equal.
    scale = max(mean, 1e-6 * abs(start) + 1e-12) * (1.0 - shape)
    tail[START], tail[START_P], tail[SCALE], tail[SHAPE] = start, chance, scale, shape
    end_p = min(END_SHARE * one, chance)
    ratio = chance / end_p
    stretch = scale * np.log(ratio) if abs(shape) < 1e-6 else scale / shape * (ratio**shape - 1.0)
    tail[END], tail[END_P], tail[END_SCALE] = start + stretch, end_p, scale + shape * stretch


@kernel
def chance_beyond(tail: NDArray[np.float64], value: float) -> float:
    """Return the chance of at least `value`, which lies in the tail."""
    if value >= tail[END]:
        return float(max(tail[END_P] * exp(-(value - tail[END]) / tail[END_SCALE]), SMALLEST_P))
    above = (value - tail[START]) / tail[SCALE]
    shape = tail[SHAPE]
    if abs(shape) < 1e-6:
        return float(tail[START_P] * exp(-above))
    return float(tail[START_P] * exp(-log1p(shape * above) / shape))
