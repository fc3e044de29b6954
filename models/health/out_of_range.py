"""Out of range: beyond physical limits, or one of the numbers by which devices say that they have no value."""

import numpy as np

from models.health.steadiness import repeat_share
from models.kernel import Record, kernel

HOLD_READINGS = 3
MOST_REPEATS = 0.9
"""Share of readings equal to the one before, of a sensor that changes often enough to know its range."""

FAR = 5.0
"""Widths of the range seen by which a sentinel must lie outside of it."""

SENTINELS = np.array(
    (-9999.0, -999.0, -99.0, 999.0, 9999.0, 99999.0, 32767.0, -32768.0, 65535.0, 2147483647.0, -2147483648.0,
     4294967295.0)
)  # fmt: skip


@kernel
def follow(state: Record, value: float, low: float, high: float, learn_readings: int) -> bool:
    """Take a finite value; returns whether so many in a row are out of range that it is no glitch.

    Sentinels are looked for where a sensor that changes often has jumped.
    """
    outside = value < low or value > high
    width = state.range_high - state.range_low
    far = max(value - state.range_high, state.range_low - value) > FAR * width
    if (
        far
        and width > 0.0
        and state.health_jumped == 1
        and state.learned >= learn_readings
        and repeat_share(state) <= MOST_REPEATS
    ):
        for k in range(SENTINELS.size):
            outside = outside or value == SENTINELS[k]
    state.health_outside = min(state.health_outside + 1, HOLD_READINGS) if outside else 0
    return bool(state.health_outside == HOLD_READINGS)
