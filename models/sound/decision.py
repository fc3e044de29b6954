"""When clips are strange for long enough to raise an anomaly, when it is over, and what is told of it."""

from math import isnan

import numpy as np
from numpy.typing import NDArray

from models import pattern
from models.kernel import Record, kernel
from models.sound import scores
from models.sound.asked import Asked
from models.sound.framing import RATE_HZ
from models.sound.looks import Judged, Learned, Places
from models.sound.mel import MEL_BANDS
from models.sound.transition import OF_TYPE, OWN, TOP_FEATURES
from models.told import TRANSITIONS, Told


@kernel
def decide(
    state: Record,
    learned: Learned,
    tuning: Record,
    row: int,
    i: int,
    by: int,
    score: float,
    rms: float,
    level: float,
    free: NDArray[np.float32],
    places: Places,
    judged: Judged,
    asked: Asked,
    told: Told,
) -> None:
    """Calibrate on a clip, or judge it by `score`, which is of detector `by`."""
    distance = judged.distance[i]
    if isnan(distance):
        return
    if state.calibrated == 0:
        state.learned += 1
        _learn(state, distance, asked.distance[i])
        if scores.is_calibrated(state, OWN, tuning.calibrate_clips):
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
        _report(state, learned, tuning, row, i, by, raised, rms, level, free, places, judged, asked, told)
    if changed == pattern.CLEARED:
        state.anomaly_index = 0
        pattern.close(state)
    elif state.open == 0 and state.pending == 0 and score < tuning.clear_score:
        state.learned += 1
        _learn(state, distance, asked.distance[i])


@kernel
def _learn(state: Record, own: float, of_type: float) -> None:
    scores.learn_maximum(state, OWN, own)
    scores.learn_maximum(state, OF_TYPE, of_type)


@kernel
def _report(
    state: Record,
    learned: Learned,
    tuning: Record,
    row: int,
    i: int,
    by: int,
    raised: bool,
    rms: float,
    level: float,
    free: NDArray[np.float32],
    places: Places,
    judged: Judged,
    asked: Asked,
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
    out.judge = by
    out.detector_scores[OWN] = judged.distance[i]
    out.detector_scores[OF_TYPE] = asked.distance[i]
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
