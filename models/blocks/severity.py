"""What a sensor may raise while it still learns: a level far above that of its own first blocks, and nothing else.

Damage raises the level of vibration; running-in lowers it, or changes its shape. So until the spectrum is known, only
the sizes are looked at, and the bar is high: 2.5 times the mean of the blocks so far (8 dB), more where they scatter.
Where the speed is told, blocks are compared at that of the first alone.
Source: ISO 10816-1:1995, Annex B: the zones of severity lie a factor of 2.5 apart.
"""

from math import isnan, log, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from models.blocks.baseline import GROUP_WIDTH
from models.blocks.columns import COLUMNS
from models.kernel import Record, kernel

SEVERE_TIMES = 2.5
FEWEST_BLOCKS = 8
SCATTER_SDS = 4.0
_BAR = log(SEVERE_TIMES)
_SIZES = np.array([COLUMNS.index(name) for name in ("std", "peak", "velocity_rms_mm_s")])
RISE = 2
"""Place of `severity_rise` among the detectors."""


@kernel
def detect(
    state: Record, values: NDArray[np.float64], ln_speed: float, z: NDArray[np.float64], detected: NDArray[np.float64]
) -> bool:
    """Write the rises over the blocks so far, 1 at the bar, and the largest as detector; returns whether it can say."""
    z[:] = nan
    detected[:] = nan
    if state.learned < FEWEST_BLOCKS or not _at_known_speed(state, ln_speed):
        return False
    for j in _SIZES:
        if state.per_scale[j] > 0.0 and not isnan(values[j]):
            z[j] = (values[j] - state.healthy[j, 0]) * state.per_scale[j]
            if not z[j] <= detected[RISE]:
                detected[RISE] = z[j]
    return not isnan(detected[RISE])


@kernel
def learn(state: Record, values: NDArray[np.float64], ln_speed: float) -> None:
    """Take the sizes of a block, one of `learned` so far, into their means."""
    if state.learned == 0:
        state.ln_speed = ln_speed
    elif not _at_known_speed(state, ln_speed):
        return
    for j in _SIZES:
        if isnan(values[j]):
            continue
        if state.per_scale[j] == 0.0:
            state.healthy[j, 0] = values[j]
        # Mean and variance of their logarithms; slopes are not known yet.
        share = 1.0 / (state.learned + 1)
        step = values[j] - state.healthy[j, 0]
        state.healthy[j, 0] += share * step
        state.healthy[j, 1] = (1.0 - share) * (state.healthy[j, 1] + share * step * step)
        state.per_scale[j] = 1.0 / max(_BAR, SCATTER_SDS * sqrt(state.healthy[j, 1]))


@kernel
def forget(state: Record) -> None:
    """Begin anew."""
    state.healthy[:] = 0.0
    state.per_scale[:] = 0.0


@kernel
def _at_known_speed(state: Record, ln_speed: float) -> bool:
    return bool(isnan(ln_speed) or abs(ln_speed - state.ln_speed) <= GROUP_WIDTH)
