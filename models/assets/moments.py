"""Means and covariances of the sensors of an asset, learned tick by tick; far values are cut, so few of them do little.

Source: West, D. H. D. (1979), Updating mean and variance estimates: an improved method, Comm. ACM 22(9), for the step.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from models.assets.ticks import is_present
from models.kernel import Record, kernel

CUT_SDS = 4.0
CUT_FROM = 30
SLOWNESS = 4.0
"""Learning stretches that the moments look back."""


@kernel
def sd(slot: Record, j: int) -> float:
    """Return the standard deviation of slot `j`; 0 where it is no more than rounding."""
    found = sqrt(max(slot.moments[j], 0.0))
    return found if found > 1e-9 * abs(slot.mean) else 0.0


@kernel
def learn(
    slots: NDArray[np.void], sensors: int, boundary_us: int, tick_us: int, learn_ticks: int, steps: NDArray[np.float64]
) -> None:
    """Take the values of one tick into the moments of the sensors present; `steps` (SENSORS,) is scratch space."""
    slowest = 1.0 / (SLOWNESS * learn_ticks)
    for j in range(sensors):
        slot = slots[j]
        if not is_present(slot, boundary_us, tick_us):
            continue
        if slot.ticks == 0:
            slot.mean = slot.value
        step = slot.value - slot.mean
        if slot.ticks >= CUT_FROM:
            most = CUT_SDS * sqrt(max(slot.moments[j], 0.0))
            # A constant sensor that starts to vary has no scale to be cut by.
            step = min(max(step, -most), most) if most > 0.0 else step
        steps[j] = step
    for j in range(sensors):
        slot = slots[j]
        if not is_present(slot, boundary_us, tick_us):
            continue
        for k in range(j + 1):
            other = slots[k]
            if is_present(other, boundary_us, tick_us):
                # The rate follows the younger of the two sensors: before it came, their covariance was 0.
                rate = max(1.0 / (min(slot.ticks, other.ticks) + 1.0), slowest)
                slot.moments[k] = (1.0 - rate) * (slot.moments[k] + rate * steps[j] * steps[k])
    for j in range(sensors):
        slot = slots[j]
        if is_present(slot, boundary_us, tick_us):
            slot.mean += max(1.0 / (slot.ticks + 1.0), slowest) * steps[j]
            slot.ticks += 1
