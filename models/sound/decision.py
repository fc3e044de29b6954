"""When clips are strange for long enough to raise an anomaly, when it is over, and what is told of it."""

from math import isnan

import numpy as np
from numpy.typing import NDArray

from models.kernel import Record, kernel
from models.report import grade
from models.sound import scores
from models.sound.frame_features import RATE_HZ
from models.sound.looks import TRANSITIONS, Judged, Learned, Places, Told
from models.sound.mel import MEL_BANDS
from models.sound.transition import TOP_FEATURES


@kernel
def decide(
    state: Record,
    learned: Learned,
    tuning: Record,
    row: int,
    i: int,
    score: float,
    rms: float,
    level: float,
    free: NDArray[np.float32],
    places: Places,
    judged: Judged,
    told: Told,
) -> None:
    """Calibrate on a clip, or judge it."""
    distance = judged.distance[i]
    if isnan(distance):
        return
    if state.calibrated == 0:
        scores.learn_maximum(state, distance)
        state.learned += 1
        if state.learned >= tuning.learn_clips + tuning.calibrate_clips and state.maxima_count >= 2:
            state.calibrated = 1
        return
    judged.score[i] = score
    if state.open == 1:
        state.peak_score = max(state.peak_score, score)
        if score < tuning.clear_score:
            if state.returning == 0:
                state.returning_ts_us = places.ts_us[i]
            state.returning += 1
        else:
            state.returning = 0
        if state.returning >= tuning.clear_hold_clips:
            _report(state, learned, tuning, row, i, False, rms, level, free, places, judged, told)
            _close(state)
        return
    if score >= tuning.raise_score:
        if state.pending == 0:
            state.pending_ts_us = places.ts_us[i] - round(tuning.hop_samples * 1e6 / RATE_HZ)
            state.pending_offset = places.offset[i]
            state.peak_score = 0.0
        state.pending += 1
        state.peak_score = max(state.peak_score, score)
        if state.pending >= tuning.hold_clips:
            state.open = 1
            state.anomaly_offset = places.offset[i]
            state.anomaly_index = places.nth[i]
            _report(state, learned, tuning, row, i, True, rms, level, free, places, judged, told)
        return
    state.pending = 0
    if score < tuning.clear_score:
        state.learned += 1
        scores.learn_maximum(state, distance)


@kernel
def _close(state: Record) -> None:
    """Forget an anomaly that is over, so that equal states are equal bytes."""
    state.open = 0
    state.anomaly_offset = 0
    state.anomaly_index = 0
    state.pending = 0
    state.pending_ts_us = 0
    state.pending_offset = 0
    state.returning = 0
    state.returning_ts_us = 0
    state.peak_score = 0.0


@kernel
def _report(
    state: Record,
    learned: Learned,
    tuning: Record,
    row: int,
    i: int,
    raised: bool,
    rms: float,
    level: float,
    free: NDArray[np.float32],
    places: Places,
    judged: Judged,
    told: Told,
) -> None:
    """Write the transition that look `i` leads to; the anomaly is open."""
    out = told.transitions[told.counts[TRANSITIONS]]
    told.counts[TRANSITIONS] += 1
    out.row = row
    out.position = places.position[i]
    out.nth = places.nth[i]
    out.raised = raised
    out.anomaly_offset = state.anomaly_offset
    out.anomaly_index = state.anomaly_index
    out.first_offset = state.pending_offset
    out.last_offset = places.offset[i]
    out.ts_us = places.ts_us[i]
    out.start_ts_us = state.pending_ts_us
    out.end_ts_us = 0 if raised else state.returning_ts_us
    out.value = rms
    out.expected = state.rms
    out.score = state.peak_score
    out.threshold = tuning.raise_score
    out.grade = grade(state.peak_score, tuning.raise_score)
    out.p_value = 10.0**-state.peak_score
    out.confidence = state.learned / (state.learned + tuning.learn_clips)
    out.detector_scores[0] = judged.distance[i]
    _explain(learned.usual[row], learned.scale[row], free, level, out)


@kernel
def _explain(
    usual: NDArray[np.float32], scale: NDArray[np.float32], free: NDArray[np.float32], level: float, out: Record
) -> None:
    """Write the bands furthest from usual, in scales; a weight is a band's share of all squared deviations."""
    total = 0.0
    for band in range(MEL_BANDS):
        z = (free[band] - usual[band]) / scale[band]
        total += z * z
    for rank in range(TOP_FEATURES):
        best, best_size = -1, 0.0
        for band in range(MEL_BANDS):
            size = abs((free[band] - usual[band]) / scale[band])
            usable = size > best_size
            for before in range(rank):
                usable = usable and out.feature[before] != band
            if usable:
                best, best_size = band, size
        out.feature[rank] = best
        out.feature_value[rank] = free[best] + level if best >= 0 else 0.0
        out.feature_expected[rank] = usual[best] + level if best >= 0 else 0.0
        out.feature_weight[rank] = best_size * best_size / total if best >= 0 else 0.0
