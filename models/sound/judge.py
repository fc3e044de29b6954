"""The one loop over looks at microphones: health, learning, calibration, decision."""

from math import isnan, log10, nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.detectors import gumbel
from models.health.state import OK
from models.kernel import Record, kernel
from models.report import grade
from models.sound import health
from models.sound.columns import RMS_MEAN_AT
from models.sound.mel import MEL_BANDS
from models.sound.state import KEPT_ROWS
from models.sound.transition import TOP_FEATURES

TRANSITIONS, CHANGES, TO_FIT = 0, 1, 2
"""Places in `counts`."""

STRETCH_CLIPS = 10
MEMORY_STRETCHES = 200
FEW_STRETCHES = 3.0
"""So many maxima make the spread of the tail twice as wide as they say; more of them less."""

LARGEST_SCORE = 300.0


class Places(NamedTuple):
    """Of m looks: the frame in the batch that completed it, the how-manieth of that frame, its offset, its end."""

    position: NDArray[np.int64]
    nth: NDArray[np.int64]
    offset: NDArray[np.int64]
    ts_us: NDArray[np.int64]


class Judged(NamedTuple):
    """Of m looks: number of the clip among its microphone's, −1 none; what the detector said; −log10 p; flags."""

    clip: NDArray[np.int64]
    distance: NDArray[np.float64]
    score: NDArray[np.float64]
    learned: NDArray[np.uint8]
    open: NDArray[np.uint8]
    unhealthy: NDArray[np.uint8]

    @classmethod
    def of(cls, m: int) -> "Judged":
        """Return room for m looks."""
        learned, opened, unhealthy = (np.zeros(m, np.uint8) for _ in range(3))
        return cls(np.full(m, -1, np.int64), np.full(m, nan), np.full(m, nan), learned, opened, unhealthy)


class Told(NamedTuple):
    """Room for what is told: SOUND_TRANSITION and SOUND_HEALTH records, and how many of each there are."""

    transitions: NDArray[np.void]
    changes: NDArray[np.void]
    counts: NDArray[np.int64]


class Learned(NamedTuple):
    """By row: profiles to learn from (rows, KEPT_ROWS, MEL_BANDS); usual means and scales of them (rows, MEL_BANDS)."""

    kept: NDArray[np.float32]
    usual: NDArray[np.float32]
    scale: NDArray[np.float32]


@kernel
def judge(
    states: NDArray[np.void],
    learned: Learned,
    tuning: Record,
    row: NDArray[np.int64],
    rms: NDArray[np.float32],
    clipped: NDArray[np.float32],
    is_clip: NDArray[np.uint8],
    swing: NDArray[np.float32],
    clip: NDArray[np.float32],
    free: NDArray[np.float32],
    level: NDArray[np.float64],
    missing_us: NDArray[np.int64],
    places: Places,
    judged: Judged,
    at: int,
    told: Told,
) -> int:
    """Take in looks from `at` on; return behind the one after which `counts[TO_FIT]` has learned enough, else m.

    `free` (m, MEL_BANDS) are the profiles of the clips, `level` (m,) what was taken out of them; `missing_us` (m,) is
    what was missing before the run in which the look is the first.
    """
    for i in range(at, len(row)):
        state = states[row[i]]
        gain_db = nan
        if is_clip[i] == 1 and state.is_learned == 1:
            gain_db = health.decibel(level[i] - state.level)
        strange = judged.distance[i] if state.calibrated == 1 else nan
        score = _score(state, strange)
        seen = health.see(state, rms[i], clipped[i], missing_us[i], gain_db, score < tuning.raise_score)
        if health.follow(state, seen, places.ts_us[i]):
            _tell_health(state, row[i], i, rms[i], clipped[i], gain_db, missing_us[i], places, told)
        state.unusable_hops = tuning.hops if health.spoils(seen) else max(state.unusable_hops - 1, 0)
        judged.unhealthy[i] = state.health != OK
        if is_clip[i] == 1:
            judged.clip[i] = state.clips
            state.clips += 1
            if state.unusable_hops == 0:
                if state.is_learned == 0:
                    kept, rms_of_clip = learned.kept[row[i]], clip[i, RMS_MEAN_AT]
                    _keep(state, kept, tuning.learn_clips, free[i], level[i], swing[i], rms_of_clip)
                    if state.learned >= tuning.learn_clips:
                        judged.learned[i] = 1
                        told.counts[TO_FIT] = row[i]
                        return i + 1
                elif swing[i] <= health.largest_swing(state):
                    of_clip = clip[i, RMS_MEAN_AT]
                    _decide(state, learned, tuning, row[i], i, score, of_clip, level[i], free[i], places, judged, told)
        judged.learned[i] = state.calibrated
        judged.open[i] = state.open
    return len(row)


@kernel
def _keep(
    state: Record,
    kept: NDArray[np.float32],
    learn_clips: int,
    free: NDArray[np.float32],
    level: float,
    swing: float,
    rms: float,
) -> None:
    """Take a clip into what is learned from, and its profile into the rows if it is the turn of one."""
    turn = min(KEPT_ROWS, learn_clips)
    if (state.learned + 1) * turn // learn_clips > state.learned * turn // learn_clips:
        for j in range(kept.shape[1]):
            kept[state.kept_rows, j] = free[j]
        state.kept_rows += 1
    state.learned += 1
    state.level += (level - state.level) / state.learned
    state.rms += (rms - state.rms) / state.learned
    state.swing = max(state.swing, swing)


@kernel
def _score(state: Record, distance: float) -> float:
    """Return −log10 of the p-value of a distance; NaN where it is not known."""
    if isnan(distance):
        return nan
    count = max(state.maxima_count, 1)
    spread = sqrt(state.maxima_var[0] * (1.0 + 1.0 / count)) * (1.0 + FEW_STRETCHES / count)
    p = gumbel.tail(gumbel.reduced(distance, state.maxima_mean[0], max(spread, 1e-9)))
    return min(-log10(max(p, 1e-300)), LARGEST_SCORE)


@kernel
def _learn_maximum(state: Record, distance: float) -> None:
    if state.stretch_fill == 0 or distance > state.stretch_max[0]:
        state.stretch_max[0] = distance
    state.stretch_fill += 1
    if state.stretch_fill < STRETCH_CLIPS:
        return
    state.stretch_fill = 0
    state.maxima_count += 1
    weight = max(1.0 / state.maxima_count, 1.0 / MEMORY_STRETCHES)
    step = state.stretch_max[0] - state.maxima_mean[0]
    state.maxima_mean[0] += weight * step
    state.maxima_var[0] = (1.0 - weight) * (state.maxima_var[0] + weight * step * step)


@kernel
def _decide(
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
        _learn_maximum(state, distance)
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
            state.pending_ts_us = places.ts_us[i] - round(tuning.hop_samples * 1e6 / 16_000)
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
        _learn_maximum(state, distance)


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


@kernel
def _tell_health(
    state: Record,
    row: int,
    i: int,
    rms: float,
    clipped: float,
    gain_db: float,
    missing_us: int,
    places: Places,
    told: Told,
) -> None:
    out = told.changes[told.counts[CHANGES]]
    told.counts[CHANGES] += 1
    out.row = row
    out.position = places.position[i]
    out.nth = places.nth[i]
    out.ts_us = places.ts_us[i]
    out.since_ts_us = state.health_since_us
    out.offset = places.offset[i]
    out.index = places.nth[i]
    out.state = state.health
    out.before = state.health_before
    out.amount = health.amount(state, rms, clipped, gain_db, missing_us)
