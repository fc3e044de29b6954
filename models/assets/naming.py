"""Which sensor left the relation: the one with the largest residual in its standard deviations under the relation.

For a fault in one sensor, this is the likeliest; in the others it shows smaller by their partial correlation with it.
Source: Basseville, M., Nikiforov, I. (1993), Detection of Abrupt Changes, Prentice Hall, section 7.2, for isolation.
"""

from math import hypot, sqrt

import numpy as np
from numpy.typing import NDArray

from models.assets import moments, residuals
from models.assets.state import ENERGY, OVERALL, STATISTICS
from models.assets.transition import NAMED
from models.kernel import Record, kernel

LEAST_RELATED = 0.05


@kernel
def standardised(slot: Record, which: int, own: int) -> float:
    """Return a statistic's deviation in standard deviations of the residual of slot `own`."""
    return residuals.deviation(slot, ENERGY if which == OVERALL else which) * sqrt(slot.weights[own])


@kernel
def most_telling(slots: NDArray[np.void], sensors: int, which: int, residual: NDArray[np.float64]) -> int:
    """Return the slot whose statistic is furthest; `residual` (SENSORS,) is NaN for the ones missing.

    Between two, the residual hardly tells, and what each does by itself counts as well.
    """
    judged = 0
    for j in range(sensors):
        judged += not np.isnan(residual[j])
    best, named = -1.0, 0
    for j in range(sensors):
        if not np.isnan(residual[j]):
            size = abs(standardised(slots[j], which, j))
            if judged == 2:
                size = hypot(size, slots[j].largest_step)
            if size > best:
                best, named = size, j
    return named


@kernel
def related(slots: NDArray[np.void], one: int, other: int) -> float:
    """Return the size of the partial correlation of two sensors, given all others."""
    product = slots[one].weights[one] * slots[other].weights[other]
    return abs(slots[one].weights[other]) / sqrt(product) if product > 0.0 else 0.0


@kernel
def partner(slots: NDArray[np.void], sensors: int, named: int, below: float) -> int:
    """Return the sensor most closely related with `named`, but less than `below`; -1: none."""
    found = -1
    most = LEAST_RELATED
    for k in range(sensors):
        size = related(slots, named, k)
        if k != named and most < size < below:
            found = k
            most = size
    return found


@kernel
def tell(
    slots: NDArray[np.void],
    sensors: int,
    named: int,
    which: int,
    residual: NDArray[np.float64],
    transition: Record,
) -> None:
    """Write the named sensor and its partners with value, expected value and weight."""
    total = 0.0
    for j in range(sensors):
        if not np.isnan(residual[j]):
            total += standardised(slots[j], which, j) ** 2
    at = named
    for rank in range(NAMED):
        if rank > 0 and at >= 0:
            at = partner(slots, sensors, named, 2.0 if rank == 1 else related(slots, named, at))
        transition.sensor_row[rank] = -1
        if at < 0:
            transition.sensor_key[rank] = 0
            transition.value[rank] = 0.0
            transition.expected[rank] = 0.0
            transition.weight[rank] = 0.0
            continue
        slot = slots[at]
        # A step shows in the smoothed residual; a sensor that follows the others no more has only its latest one.
        smoothed = which < STATISTICS and which != ENERGY
        off = residuals.deviation(slot, which) if smoothed else residual[at]
        off = 0.0 if np.isnan(off) else off
        transition.sensor_key[rank] = slot.key
        transition.value[rank] = slot.value
        transition.expected[rank] = slot.value - off * moments.sd(slot, at)
        transition.weight[rank] = standardised(slot, which, at) ** 2 / total if total > 0.0 else 0.0
