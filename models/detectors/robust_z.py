"""Robust z: how far the median of the last five readings is from a slow reference, in units of what is usual.

The unit is mean + 3 sd of the maxima of |deviation| over blocks of 20 readings, so a daily cycle, a random walk and
white noise all calibrate themselves; the reference and the unit stand still while a fault is open or suspected.
A reading or two far away move neither the median nor the reference: they are the business of `novelty`.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from models.detectors import gumbel
from models.kernel import kernel
from models.series_state import Record

BLOCK_READINGS = 20
MEMORY_BLOCKS = 200
WARM_SHARE = 0.15
SLOWNESS_SHARE = 0.25
SDS = 3.0
LARGEST = 1e6


@kernel
def _sd(state: Record) -> float:
    k = state.maxima_count
    return sqrt(state.maxima_var * k / (k - 1.0)) if k > 1 else 0.0


@kernel
def median_of_five(ring: NDArray[np.float64]) -> float:
    """Return the median of the first five numbers."""
    a, b = min(ring[0], ring[1]), max(ring[0], ring[1])
    c, d = min(ring[2], ring[3]), max(ring[2], ring[3])
    # The smallest and the largest of these four are not the median; it is the median of the other three.
    low, high = max(a, c), min(b, d)
    return float(max(min(low, high), min(max(low, high), ring[4])))


@kernel
def score(state: Record, median: float, learn_readings: int) -> float:
    """Return the signed deviation of `median` in units (`state.unit`); 0 while learning."""
    if state.learned < learn_readings or state.unit == 0.0:
        return 0.0
    return float(min(max((median - state.base - state.reference) / state.unit, -LARGEST), LARGEST))


@kernel
def p_value(state: Record, z: float) -> float:
    """Return the chance that the largest deviation of a healthy block reaches |z| units."""
    if state.unit == 0.0:
        return 1.0
    spread = max(_sd(state), 0.05 * state.unit)
    return gumbel.tail(gumbel.reduced(abs(z) * state.unit, state.maxima_mean, spread))


@kernel
def learn(state: Record, median: float, learn_readings: int) -> None:
    """Take a healthy deviation into the unit and move the reference towards `median`."""
    if state.readings < 5:
        return
    n = state.learned
    rate = max(1.0 / (n + 1.0), 1.0 / (SLOWNESS_SHARE * learn_readings))
    deviation = median - state.base - state.reference
    if n >= WARM_SHARE * learn_readings:
        state.present_max = max(state.present_max, abs(deviation))
        state.maxima_fill += 1
        if state.maxima_fill == BLOCK_READINGS:
            _learn_maximum(state)
    state.reference += rate * deviation


@kernel
def _learn_maximum(state: Record) -> None:
    state.maxima_count += 1
    weight = max(1.0 / state.maxima_count, 1.0 / MEMORY_BLOCKS)
    step = state.present_max - state.maxima_mean
    state.maxima_mean += weight * step
    state.maxima_var = (1.0 - weight) * (state.maxima_var + weight * step * step)
    state.maxima_fill = 0
    state.present_max = 0.0
    if state.maxima_count > 1:
        # A float64 level cannot be told apart more finely than the last term.
        smallest = 1e-12 + 1e-14 * abs(state.reference + state.base)
        state.unit = state.maxima_mean + SDS * _sd(state) + smallest


@kernel
def concede(state: Record, raise_z: float) -> None:
    """Take a deviation at the raise threshold for healthy, once, after an episode that ended by itself."""
    state.present_max = raise_z * state.unit
    _learn_maximum(state)
