"""When clips are strange for long enough to raise an anomaly, when it is over, and what is told of it."""

from math import isnan

import numpy as np
from numpy.typing import NDArray

from models import pattern
from models.kernel import Record, kernel
from models.sound import scores
from models.sound.frame_features import RATE_HZ
from models.sound.looks import Judged, Learned, Places
from models.sound.mel import MEL_BANDS
from models.sound.transition import TOP_FEATURES
from models.told import TRANSITIONS, Told


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
    changed = pattern.follow(
        state, score, tuning.raise_score, tuning.hold_clips, tuning.clear_score, tuning.clear_hold_clips,
        places.ts_us[i] - round(tuning.hop_samples * 1e6 / RATE_HZ), places.ts_us[i], places.offset[i],
    )  # fmt: skip
    if changed == pattern.RAISED:
        state.anomaly_index = places.nth[i]
    if changed != pattern.NOTHING:
        raised = changed == pattern.RAISED
        _report(state, learned, tuning, row, i, raised, rms, level, free, places, judged, told)
    if changed == pattern.CLEARED:
        state.anomaly_index = 0
        pattern.close(state)
    elif state.open == 0 and state.pending == 0 and score < tuning.clear_score:
        state.learned += 1
        scores.learn_maximum(state, distance)


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
    out.anomaly_index = state.anomaly_index
    pattern.tell(state, raised, tuning.raise_score, places.ts_us[i], places.offset[i], out)
    out.value = rms
    out.expected = state.rms
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
