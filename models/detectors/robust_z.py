"""Robust z: how far the level of the last twenty readings is from a slow reference, in units of what is usual.

The level is their mean without the two highest and the two lowest, so that one or two wild readings move neither it nor
the reference: they are the business of `novelty`. The unit is mean + 2.5 sd of the maxima of |deviation| over blocks of
20 readings; the sd counts for more where deviations resemble those of the block before, since so many blocks then tell
less. So a daily cycle, a random walk and white noise all calibrate themselves. A deviation teaches the less the closer
it comes to the threshold, and nothing while a fault is open or suspected; after an episode the reference starts again
at the present level and settles quickly.
Source: Bayley, G. V. and Hammersley, J. M. (1946), The "effective" number of independent observations in an
autocorrelated time series, Supplement to the JRSS 8(2), for the factor √((1 + r) / (1 - r)).
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from models.detectors import gumbel
from models.kernel import Record, kernel
from models.series_state import RING

BLOCK_READINGS = 20
MEMORY_BLOCKS = 200
WARM_SHARE = 0.15
SLOWNESS_SHARE = 0.25
SETTLING_SHARE = 0.4
QUICKNESS_SHARE = 0.1
CONCESSION = 3.0
"""Times the raise threshold that a mild episode counts for among the healthy maxima: more than it takes to alarm."""
SDS = 2.5
LARGEST_CORRELATION = 0.7
LARGEST = 1e6


@kernel
def trimmed_mean(ring: NDArray[np.float64]) -> float:
    """Return the mean of the twenty numbers without the two highest and the two lowest."""
    low, high = min(ring[0], ring[1]), max(ring[0], ring[1])
    low_2, high_2 = min(ring[2], ring[3]), max(ring[2], ring[3])
    # Of these four, lowest ≤ second lowest and second highest ≤ highest, each pair kept while the rest runs through.
    lowest, between = min(low, low_2), max(low, low_2)
    highest, between_2 = max(high, high_2), min(high, high_2)
    second_lowest, second_highest = min(between, between_2), max(between, between_2)
    # Sums of differences from a number in the middle, so that a level far from zero stays exact.
    origin = second_lowest
    total = 0.0
    for k in range(4, RING):
        x = ring[k]
        x, lowest = max(x, lowest), min(x, lowest)
        x, second_lowest = max(x, second_lowest), min(x, second_lowest)
        x, highest = min(x, highest), max(x, highest)
        x, second_highest = min(x, second_highest), max(x, second_highest)
        total += x - origin
    return float(origin + total / (RING - 4))


@kernel
def _sd(state: Record) -> float:
    """Return the standard deviation of the maxima, widened by how much their blocks resemble one another."""
    k = state.maxima_count
    if k < 2:
        return 0.0
    correlation = 0.0
    if state.deviation_square > 0.0:
        correlation = min(max(state.deviation_product / state.deviation_square, 0.0), LARGEST_CORRELATION)
    return sqrt(state.maxima_var * k / (k - 1.0) * (1.0 + correlation) / (1.0 - correlation))


@kernel
def score(state: Record, level: float, learn_readings: int) -> float:
    """Return the signed deviation of `level` in units (`state.unit`); 0 while learning."""
    if state.learned < learn_readings or state.unit == 0.0:
        return 0.0
    return float(min(max((level - state.base - state.reference) / state.unit, -LARGEST), LARGEST))


@kernel
def p_value(state: Record, z: float) -> float:
    """Return the chance that the largest deviation of a healthy block reaches |z| units."""
    if state.unit == 0.0:
        return 1.0
    spread = max(_sd(state), 0.05 * state.unit)
    return gumbel.tail(gumbel.reduced(abs(z) * state.unit, state.maxima_mean, spread))


@kernel
def learn(state: Record, level: float, learn_readings: int, raise_z: float) -> None:
    """Take a healthy deviation into the unit and move the reference towards `level`."""
    n = state.learned
    rate = max(1.0 / (n + 1.0), 1.0 / (SLOWNESS_SHARE * learn_readings))
    deviation = level - state.base - state.reference
    if state.settling > 0:
        state.settling -= 1
        rate = max(rate, 1.0 / (QUICKNESS_SHARE * learn_readings))
    elif n >= WARM_SHARE * learn_readings:
        state.present_max = max(state.present_max, abs(deviation))
        state.maxima_fill += 1
        if state.maxima_fill == BLOCK_READINGS:
            _learn_block(state, deviation)
        if n >= learn_readings and state.unit > 0.0:
            rate *= max(1.0 - abs(deviation) / (raise_z * state.unit), 0.0)
    state.reference += rate * deviation


@kernel
def _learn_block(state: Record, deviation: float) -> None:
    """Take in a full block; `deviation` is the one at its end."""
    weight = max(1.0 / (state.maxima_count + 1.0), 1.0 / MEMORY_BLOCKS)
    state.deviation_product += weight * (deviation * state.last_deviation - state.deviation_product)
    state.deviation_square += weight * (deviation * deviation - state.deviation_square)
    state.last_deviation = deviation
    _learn_maximum(state, state.present_max)
    state.maxima_fill = 0
    state.present_max = 0.0


@kernel
def _learn_maximum(state: Record, maximum: float) -> None:
    state.maxima_count += 1
    weight = max(1.0 / state.maxima_count, 1.0 / MEMORY_BLOCKS)
    step = maximum - state.maxima_mean
    state.maxima_mean += weight * step
    state.maxima_var = (1.0 - weight) * (state.maxima_var + weight * step * step)
    if state.maxima_count > 1:
        # A float64 level cannot be told apart more finely than the last term.
        smallest = 1e-12 + 1e-14 * abs(state.reference + state.base)
        state.unit = state.maxima_mean + SDS * _sd(state) + smallest


@kernel
def concede(state: Record, raise_z: float) -> None:
    """Take a deviation beyond the raise threshold for healthy, once, after an episode that ended by itself."""
    _learn_maximum(state, CONCESSION * raise_z * state.unit)


@kernel
def restart(state: Record, level: float, learn_readings: int) -> None:
    """Take the present level for the reference, and settle on it without a word."""
    state.reference = level - state.base
    state.present_max = 0.0
    state.maxima_fill = 0
    state.last_deviation = 0.0
    state.settling = int(SETTLING_SHARE * learn_readings)
