"""Residuals of one tick: what each sensor shows beyond what the others say of it, smoothed, and calibrated by maxima.

Three statistics of each residual are watched: the mean of the last five (a step), a slow moving average (a small
shift), and a moving average of its size (a sensor that follows the others no more). Each is measured from its own slow
reference in units of mean + 3 sd of the maxima of its deviation over blocks of 20 ticks. All sensors together are
measured by the moving average of √(T² / sensors).
Source: Hotelling, H. (1947), Multivariate quality control; Roberts, S. W. (1959), Technometrics 1(3), for the average.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from models.assets import moments
from models.assets.state import ENERGY, SHORT, SHORT_MEAN, SLOW_MEAN, STATISTICS
from models.assets.ticks import is_present
from models.kernel import Record, kernel

CUT_SDS = 8.0
SLOW = 1.0 / 20.0
SWEEPS = 4
RIPE_SHARE = 0.4
"""Of the learning stretch: from then on there are weights, and residuals to learn from."""

REFERENCE_SHARE = 0.5
BLOCK_TICKS = 20
WARM_TICKS = 40
"""Ticks before maxima are taken, in which the averages find their level."""

MEMORY_BLOCKS = 200
SDS = 3.0
LARGEST = 1e6


@kernel
def compute(
    slots: NDArray[np.void],
    sensors: int,
    boundary_us: int,
    tick_us: int,
    standard: NDArray[np.float64],
    residual: NDArray[np.float64],
) -> float:
    """Write standardised values and residuals (SENSORS,), NaN for what is missing; returns √(T² / sensors) or NaN.

    A missing sensor gets the value that the others expect of it, so that it tells nothing.
    """
    missing = 0
    for j in range(sensors):
        slot = slots[j]
        standard[j] = 0.0
        residual[j] = np.nan
        if slot.weights[j] == 0.0:
            continue
        if is_present(slot, boundary_us, tick_us):
            u = (slot.value - slot.mean) / moments.sd(slot, j)
            standard[j] = min(max(u, -CUT_SDS), CUT_SDS)
            residual[j] = 0.0
        else:
            missing += 1
    for _ in range(SWEEPS if missing > 0 else 0):
        for j in range(sensors):
            weights = slots[j].weights
            if weights[j] != 0.0 and np.isnan(residual[j]):
                standard[j] -= _product(weights, standard, sensors) / weights[j]
    total = 0.0
    judged = 0
    for j in range(sensors):
        if not np.isnan(residual[j]):
            weights = slots[j].weights
            product = _product(weights, standard, sensors)
            residual[j] = product / weights[j]
            total += standard[j] * product
            judged += 1
    return sqrt(max(total, 0.0) / judged) if judged >= 2 else np.nan


@kernel
def _product(weights: NDArray[np.float32], standard: NDArray[np.float64], sensors: int) -> float:
    total = 0.0
    for k in range(sensors):
        total += weights[k] * standard[k]
    return total


@kernel
def smooth(slot: Record, residual: float) -> None:
    """Move the statistics of a sensor's residual."""
    total = residual
    for k in range(SHORT - 1, 0, -1):
        slot.latest[k] = slot.latest[k - 1]
        total += slot.latest[k]
    slot.latest[0] = residual
    slot.statistic[SHORT_MEAN] = total / SHORT
    slot.statistic[SLOW_MEAN] += SLOW * (residual - slot.statistic[SLOW_MEAN])
    slot.statistic[ENERGY] += SLOW * (abs(residual) - slot.statistic[ENERGY])


@kernel
def deviation(slot: Record, which: int) -> float:
    """Return how far a statistic is from its reference; less size than usual is no deviation."""
    found = slot.statistic[which] - slot.reference[which]
    return float(max(found, 0.0)) if which == ENERGY else float(found)


@kernel
def overall_score(head: Record, learn_ticks: int) -> float:
    """Return how far the distance of all sensors together is above its reference, in units; 0 while learning."""
    if head.learned < learn_ticks or head.unit[0] == 0.0:
        return 0.0
    return float(min(max(head.distance - head.reference, 0.0) / head.unit[0], LARGEST))


@kernel
def score(slot: Record, learn_ticks: int) -> tuple[float, int]:
    """Return the largest deviation of a sensor's statistics in units, and which it is; 0 while learning."""
    best, which = 0.0, 0
    if slot.ticks < learn_ticks:
        return best, which
    for s in range(STATISTICS):
        if slot.unit[s] > 0.0:
            z = min(abs(deviation(slot, s)) / slot.unit[s], LARGEST)
            if z > best:
                best, which = z, s
    return best, which


@kernel
def _reference_rate(state: Record, learn_ticks: int) -> float:
    return float(max(1.0 / (state.calibrated + 1.0), 1.0 / (REFERENCE_SHARE * learn_ticks)))


@kernel
def learn(slot: Record, learn_ticks: int, follow: bool) -> None:
    """Take the deviations of a healthy tick into the units, and if they are to `follow` move the references."""
    rate = _reference_rate(slot, learn_ticks) if follow else 0.0
    closes = closes_block(slot.calibrated)
    slot.maxima_count += closes
    for s in range(STATISTICS):
        found = deviation(slot, s)
        if slot.calibrated >= WARM_TICKS:
            slot.present_max[s] = max(slot.present_max[s], abs(found))
        if closes:
            _learn_maximum(slot, s, slot.maxima_count)
        slot.reference[s] += rate * (slot.statistic[s] - slot.reference[s])
    slot.calibrated += 1


@kernel
def learn_overall(head: Record, learn_ticks: int, follow: bool) -> None:
    """Take the distance of a healthy tick into its unit, and if it is to `follow` move its reference."""
    rate = _reference_rate(head, learn_ticks) if follow else 0.0
    if head.calibrated >= WARM_TICKS:
        head.present_max[0] = max(head.present_max[0], head.distance - head.reference)
    if closes_block(head.calibrated):
        head.maxima_count += 1
        _learn_maximum(head, 0, head.maxima_count)
    head.reference += rate * (head.distance - head.reference)
    head.calibrated += 1


@kernel
def settle(head: Record, slots: NDArray[np.void], sensors: int) -> None:
    """Move the references towards what the statistics are, as quickly as these move."""
    head.reference += SLOW * (head.distance - head.reference)
    for j in range(sensors):
        for s in range(STATISTICS):
            slots[j].reference[s] += SLOW * (slots[j].statistic[s] - slots[j].reference[s])


@kernel
def closes_block(calibrated: int) -> bool:
    """Return whether a block of maxima closes with the tick after `calibrated` others."""
    return bool(calibrated >= WARM_TICKS and (calibrated + 1) % BLOCK_TICKS == 0)


@kernel
def _learn_maximum(state: Record, s: int, count: int) -> None:
    """Take the maximum of a block, the `count`-th, into unit `s` of a slot or head."""
    weight = max(1.0 / count, 1.0 / MEMORY_BLOCKS)
    step = state.present_max[s] - state.maxima_mean[s]
    state.maxima_mean[s] += weight * step
    state.maxima_var[s] = (1.0 - weight) * (state.maxima_var[s] + weight * step * step)
    state.present_max[s] = 0.0
    if count > 1:
        state.unit[s] = state.maxima_mean[s] + SDS * maxima_sd(state, s, count) + 1e-9


@kernel
def maxima_sd(state: Record, s: int, count: int) -> float:
    """Return the standard deviation of `count` maxima; 0 with fewer than two."""
    return sqrt(state.maxima_var[s] * count / (count - 1.0)) if count > 1 else 0.0


@kernel
def concede(state: Record, s: int, raise_z: float) -> None:
    """Take a deviation at the raise threshold for healthy, once, after a mild anomaly that ended by itself."""
    state.present_max[s] = raise_z * state.unit[s]
    state.maxima_count += 1
    _learn_maximum(state, s, state.maxima_count)
