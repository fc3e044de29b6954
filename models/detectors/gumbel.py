"""The tail of block maxima as a Gumbel distribution fitted by moments.

Source: Gumbel, E. J. (1958), Statistics of Extremes, Columbia University Press.
"""

from math import exp, expm1

from models.kernel import kernel

EULER = 0.5772
SD_TO_SCALE = 0.7797  # √6 / π


@kernel
def reduced(maximum: float, mean: float, sd: float) -> float:
    """Return the reduced variate of a maximum; about 0 is usual, and its tail falls like exp(-reduced)."""
    return (maximum - mean) / (SD_TO_SCALE * sd) + EULER


@kernel
def tail(reduced_variate: float) -> float:
    """Return the chance that a healthy maximum is at least this large."""
    return -expm1(-exp(-min(max(reduced_variate, -30.0), 700.0)))
