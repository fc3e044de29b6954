"""An asset whose sensors begin to mean something else learns their relations anew."""

import numpy as np
from numpy.typing import NDArray

from models.kernel import Record, kernel


@kernel
def learn_anew(head: Record, slots: NDArray[np.void], sensors: int) -> None:
    """Forget moments, relations and what is usual for them; order in time, ticks and an open anomaly stay."""
    head.learned = 0
    head.distance = 0.0
    head.reference = 0.0
    head.calibrated = 0
    head.maxima_count = 0
    head.maxima_mean[0] = 0.0
    head.maxima_var[0] = 0.0
    head.present_max[0] = 0.0
    head.unit[0] = 0.0
    head.pending = 0
    head.settling = 0
    head.suspect_ts_us = 0
    head.suspect_offset = 0
    for j in range(sensors):
        slot = slots[j]
        slot.ticks = 0
        slot.mean = 0.0
        slot.moments[:] = 0.0
        slot.weights[:] = 0.0
        slot.latest[:] = 0.0
        slot.foretold = 0.0
        slot.step_square = 0.0
        slot.largest_step = 0.0
        slot.statistic[:] = 0.0
        slot.reference[:] = 0.0
        slot.maxima_mean[:] = 0.0
        slot.maxima_var[:] = 0.0
        slot.present_max[:] = 0.0
        slot.unit[:] = 0.0
        slot.calibrated = 0
        slot.maxima_count = 0
