"""Fills the record that tells of a broken relation raised or cleared."""

import numpy as np
from numpy.typing import NDArray

from models.assets import naming, residuals
from models.assets.state import OVERALL
from models.detectors import gumbel
from models.kernel import Record, kernel
from models.report import grade


@kernel
def report(
    head: Record,
    slots: NDArray[np.void],
    residual: NDArray[np.float64],
    boundary_us: int,
    asset: int,
    position: int,
    offset: int,
    index: int,
    raised: bool,
    overall: float,
    tuning: Record,
    transition: Record,
) -> None:
    """Write all fields from the state, in which the anomaly is (still) open."""
    transition.asset_row = asset
    transition.position = position
    transition.raised = raised
    transition.anomaly_offset = head.anomaly_offset
    transition.anomaly_index = head.anomaly_index
    transition.offset = offset
    transition.index = index
    transition.first_offset = head.first_offset
    transition.last_offset = offset
    transition.ts_us = boundary_us
    transition.start_ts_us = head.start_ts_us
    transition.end_ts_us = 0 if raised else boundary_us
    transition.score = head.peak
    transition.overall = overall
    transition.threshold = tuning.raise_z
    transition.grade = grade(head.peak, tuning.raise_z)
    if head.which == OVERALL:
        transition.p_value = _p_value(head, 0, head.maxima_count, head.peak)
    else:
        slot = slots[head.named]
        transition.p_value = _p_value(slot, head.which, slot.maxima_count, head.peak)
    transition.confidence = head.learned / (head.learned + tuning.learn_ticks)
    naming.tell(slots, int(head.sensors), int(head.named), int(head.which), residual, transition)


@kernel
def _p_value(state: Record, s: int, count: int, score: float) -> float:
    """Return the chance that the largest deviation of a healthy block of ticks reaches `score` units."""
    if state.unit[s] == 0.0:
        return 1.0
    spread = max(residuals.maxima_sd(state, s, count), 0.05 * state.unit[s])
    return gumbel.tail(gumbel.reduced(score * state.unit[s], state.maxima_mean[s], spread))
