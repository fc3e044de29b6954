"""When the sensors of an asset are looked at together: at each multiple of the tick length in event time.

The length is the period of the slowest sensor, or of one `SLOWEST` times slower than the fastest at most.
"""

import numpy as np
from numpy.typing import NDArray

from models.assets.state import FAULTY
from models.kernel import Record, kernel

INTERVALS = 24
"""Intervals of each sensor before the tick length is settled, or `PATIENCE` of the fastest."""

PATIENCE = 96
SLOWEST = 32.0
STALE_TICKS = 3
STEP = 0.3


@kernel
def note_interval(slot: Record, interval_us: int) -> None:
    """Move the estimate of a sensor's median period: a step towards the interval, ever smaller."""
    slot.intervals += 1
    if slot.intervals == 1:
        slot.period_us = interval_us
        return
    # Stochastic approximation of the median of the logarithm: long gaps count no more than short ones.
    step = 1.0 + STEP / (slot.intervals**0.5)
    if interval_us > slot.period_us:
        slot.period_us = min(slot.period_us * step, float(interval_us))
    elif interval_us < slot.period_us:
        slot.period_us = max(slot.period_us / step, float(interval_us))


@kernel
def length_us(slots: NDArray[np.void], sensors: int) -> int:
    """Return the tick length, or 0 while too few intervals were seen; needs two sensors."""
    fastest, most, waiting = np.inf, 0, False
    for j in range(sensors):
        slot = slots[j]
        most = max(most, slot.intervals)
        waiting = waiting or slot.intervals < INTERVALS
        if slot.intervals > 0:
            fastest = min(fastest, slot.period_us)
    if sensors < 2 or most < INTERVALS or (waiting and most < PATIENCE):
        return 0
    slowest = 0.0
    for j in range(sensors):
        if slots[j].intervals > 0 and slots[j].period_us <= SLOWEST * fastest:
            slowest = max(slowest, slots[j].period_us)
    return max(int(slowest + 0.5), 100)


@kernel
def is_present(slot: Record, boundary_us: int, tick_us: int) -> bool:
    """Return whether a sensor's last value is trusted, and young enough for the tick that ends at `boundary_us`."""
    return bool(slot.health != FAULTY and boundary_us - slot.ts_us <= STALE_TICKS * tick_us)
