"""When a `pattern` is raised and cleared: by the combined p-values of a sensor's rows, with hold and hysteresis."""

from math import isnan, log10

import numpy as np
from numpy.typing import NDArray

from models.kernel import Record, kernel
from models.report import grade
from models.windows.state import LEARNING, UNHEALTHY

SMALLEST_P = 1e-300
WARM_ROWS = 8
"""Own rows from which on a sensor that started from its fleet is judged; it does not wait until it has learned."""


@kernel
def decide(
    states: NDArray[np.void],
    facts: NDArray[np.void],
    rows: NDArray[np.int64],
    learned: NDArray[np.int64],
    p_values: NDArray[np.float64],
    confidence: NDArray[np.float64],
    detector_scores: NDArray[np.float64],
    chunk: int,
    tuning: Record,
    quarantined: NDArray[np.bool_],
    transitions: NDArray[np.void],
) -> int:
    """Decide on n rows in order; returns how many transitions were written.

    `facts` (n,) of WINDOW; `rows` (n,) places in `states`; `learned` (n,) rows of the sensor before each;
    `quarantined` (n,) gets what must teach no model: each row while a pattern is open, and of strange rows in a row all
    but the first.
    """
    used = 0
    for i in range(len(rows)):
        state, fact, p = states[rows[i]], facts[i], max(p_values[i], SMALLEST_P)
        quarantined[i] = state.open == 1
        if fact.flags & UNHEALTHY:
            state.pending = 0
            continue
        if isnan(p_values[i]):
            continue
        score = -log10(p)
        sure = confidence[i] * learned[i] / (learned[i] + tuning.learn_rows)
        if state.open == 1:
            state.peak = max(state.peak, score)
            usual = p > tuning.clear_p
            if usual and state.returning == 0:
                state.returning_us = fact.start_ts_us
            state.returning = state.returning + 1 if usual else 0
            if state.returning >= tuning.clear_hold_rows:
                _report(state, fact, p, sure, detector_scores[i], False, tuning, transitions[used])
                transitions[used].window = i
                used += 1
                _change(state, 0, chunk)
            continue
        if state.borrows == 1:
            young = learned[i] < WARM_ROWS
        else:
            young = fact.flags & LEARNING != 0 or learned[i] < tuning.learn_rows
        if p >= tuning.raise_p or young:
            state.pending = 0
            continue
        if state.pending == 0:
            state.pending_us = fact.start_ts_us
            state.pending_end_us = fact.ts_us
            state.pending_offset = fact.first_offset
            state.peak = 0.0
        state.pending += 1
        quarantined[i] = state.pending > 1
        state.peak = max(state.peak, score)
        # Windows overlap, and one odd sample makes all that it lies in strange: the last must have none of the first.
        if state.pending >= tuning.hold_rows and fact.start_ts_us > state.pending_end_us:
            _change(state, 1, chunk)
            state.anomaly_offset = fact.offset
            state.anomaly_index = fact.index
            _report(state, fact, p, sure, detector_scores[i], True, tuning, transitions[used])
            transitions[used].window = i
            used += 1
    return used


@kernel
def _change(state: Record, is_open: int, chunk: int) -> None:
    if state.changed_in != chunk:
        state.was_open = state.open
        state.changed_in = chunk
    state.open = is_open
    state.pending = 0
    state.returning = 0


@kernel
def _report(
    state: Record,
    fact: Record,
    p: float,
    confidence: float,
    detector_scores: NDArray[np.float64],
    raised: bool,
    tuning: Record,
    told: Record,
) -> None:
    """Write what the sensor and its row say; the features are told by others."""
    told.row = fact.row
    told.position = fact.position
    told.raised = raised
    told.anomaly_offset = state.anomaly_offset
    told.anomaly_index = state.anomaly_index
    told.first_offset = state.pending_offset
    told.last_offset = fact.offset
    told.ts_us = fact.ts_us
    told.start_ts_us = state.pending_us
    told.end_ts_us = 0 if raised else state.returning_us
    told.value = fact.value
    told.expected = fact.expected
    told.low = fact.low
    told.high = fact.high
    told.score = state.peak
    told.threshold = tuning.threshold
    told.grade = grade(state.peak, tuning.threshold)
    told.p_value = 10.0**-state.peak
    told.confidence = confidence
    for d in range(len(detector_scores)):
        told.detector_scores[d] = detector_scores[d]
