"""Fills the record that tells of an anomaly raised or cleared."""

import numpy as np
from numpy.typing import NDArray

from models.decision import novelty_bar
from models.detectors import ar_residual, range_guard, robust_z
from models.detectors.novelty import MAXIMA_WINDOWS
from models.explanation import explain
from models.kernel import Record, kernel
from models.series_state import FEATURES
from models.transition import NOVELTY


@kernel
def grade(score: float, threshold: float) -> float:
    """Return the severity: 0.5 at the threshold, 0.75 at twice it, towards 1."""
    return 1.0 - float(2.0 ** (-score / threshold))


@kernel
def lowest_expected(state: Record, tuning: Record) -> float:
    """Return the lower edge of the band that raises no episode, by robust z and by the range guard."""
    allowed = range_guard.allowance(state, tuning.range_margin, tuning.learn_readings)
    return float(max(state.base + state.reference - tuning.raise_z * state.unit, state.range_low - allowed))


@kernel
def highest_expected(state: Record, tuning: Record) -> float:
    """Return the upper edge of the band that raises no episode."""
    allowed = range_guard.allowance(state, tuning.range_margin, tuning.learn_readings)
    return float(min(state.base + state.reference + tuning.raise_z * state.unit, state.range_high + allowed))


@kernel
def novelty_p_value(score: float) -> float:
    """Return the chance of such a block when healthy: the Gumbel tail of the largest of so many, per block."""
    return float(10.0**-score) / MAXIMA_WINDOWS


@kernel
def report(
    transition: Record,
    row: int,
    position: int,
    kind: int,
    raised: bool,
    state: Record,
    tuning: Record,
    features: NDArray[np.float64],
    z: float,
    guard: float,
    seasonal_z: float,
    foretold_z: float,
    ts_us: int,
    offset: int,
    index: int,
) -> None:
    """Write all fields from the state, in which the anomaly is (still) open; `ts_us`, `offset`, `index`: this reading.

    `features` (2 × FEATURES,) holds the features and then scratch space.
    """
    transition.row = row
    transition.position = position
    transition.kind = kind
    transition.raised = raised
    transition.anomaly_offset = state.anomaly_offset[kind]
    transition.anomaly_index = state.anomaly_index[kind]
    transition.offset = offset
    transition.index = index
    transition.first_offset = state.first_offset[kind]
    transition.last_offset = offset
    transition.ts_us = ts_us
    transition.start_ts_us = state.start_ts_us[kind]
    transition.end_ts_us = 0 if raised else ts_us
    transition.value = features[0]
    transition.expected = state.base + state.reference
    transition.low = lowest_expected(state, tuning)
    transition.high = highest_expected(state, tuning)
    peak = float(state.peak[kind])
    transition.score = peak
    if kind == NOVELTY:
        transition.threshold = novelty_bar(state, tuning)
        transition.p_value = novelty_p_value(peak)
    else:
        transition.threshold = tuning.raise_z
        transition.p_value = robust_z.p_value(state, z if raised else peak)
    transition.grade = grade(peak, transition.threshold)
    transition.confidence = state.learned / (state.learned + tuning.learn_readings)
    transition.detector_scores[0] = guard
    transition.detector_scores[1] = abs(z)
    transition.detector_scores[2] = state.novelty_score
    transition.detector_scores[3] = abs(seasonal_z)
    transition.detector_scores[4] = ar_residual.surprise(foretold_z)
    transition.detector_scores[5] = state.change_point_score
    explain(state, features[:FEATURES], features[FEATURES:], transition)
