"""The tail of block maxima as a Gumbel distribution fitted by moments.

Source: Gumbel, E. J. (1958), Statistics of Extremes, Columbia University Press.
"""

from math import exp, expm1, log10, sqrt

from models.kernel import kernel

EULER = 0.5772
SD_TO_SCALE = 0.7797  # √6 / π
WIDENING = 6.0
LN_10 = 2.302585


@kernel
def reduced(maximum: float, mean: float, sd: float) -> float:
    """Return the reduced variate of a maximum; about 0 is usual, and its tail falls like exp(-reduced)."""
    return (maximum - mean) / (SD_TO_SCALE * sd) + EULER


@kernel
def tail(reduced_variate: float) -> float:
    """Return the chance that a healthy maximum is at least this large."""
    return -expm1(-exp(-min(max(reduced_variate, -30.0), 700.0)))


@kernel
def surprise(far: float, total: float, square: float, maxima: int, typical: float) -> float:
    """Return -log10 p of a number by the sum and the squares of the `maxima` of healthy ones before; 0 where usual.

    The sd is widened while maxima are few, and is at least a tenth of what lies between them and the `typical` number.
    """
    if maxima < 2:
        return 0.0
    mean = total / maxima
    variance = max(square / maxima - mean * mean, 0.0)
    sd = sqrt(variance * maxima / (maxima - 1.0) * (1.0 + WIDENING / maxima))
    z = reduced(far, mean, max(sd, 0.1 * abs(mean - typical) + 1e-12))
    if z <= 0.0:
        return 0.0
    p = tail(min(z, 500.0))
    return -log10(p) if p > 1e-200 else z / LN_10
