"""The one loop over looks at microphones: health, learning, calibration, decision."""

from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from models.health.state import NOISY, OK
from models.kernel import Record, kernel
from models.sound import background, health, scores, silence
from models.sound.asked import Asked
from models.sound.columns import RMS_MEAN_AT
from models.sound.decision import decide
from models.sound.looks import Judged, Learned, Looks, Places
from models.sound.state import KEPT_ROWS
from models.sound.transition import OF_TYPE, OWN
from models.told import CHANGES, TO_FIT, Told


@kernel
def judge(
    states: NDArray[np.void],
    learned: Learned,
    tuning: Record,
    looks: Looks,
    free: NDArray[np.float32],
    level: NDArray[np.float64],
    missing_us: NDArray[np.int64],
    places: Places,
    judged: Judged,
    asked: Asked,
    missed: NDArray[np.void],
    at: int,
    told: Told,
) -> int:
    """Take in looks from `at` on; return behind the one after which `counts[TO_FIT]` has learned enough, else m.

    `free` (m, MEL_BANDS) are the profiles of the clips, `level` (m,) what was taken out of them; `missing_us` (m,) is
    what was missing before the run in which the look is the first; `asked` (m,) is what trained models said.
    `missed` are microphones whose frames stopped coming, in order of time.
    """
    for i in range(at, len(looks.row)):
        row, rms, clipped, swing = looks.row[i], looks.rms[i], looks.clipped[i], looks.swing[i]
        state = states[row]
        silence.tell_missed(states, missed, row, places.position[i], told)
        if missing_us[i] > 0:
            state.pending = 0
        noise_db, gain_db = 0.0, nan
        is_steady = swing <= health.largest_swing(state)
        if looks.is_clip[i] == 1 and state.is_learned == 1 and is_steady:
            louder = level[i] - state.level
            gain_db = health.decibel(louder)
            noise_db = health.decibel(background.rise(free[i], learned.usual[row], learned.scale[row], louder))
        by, score = OWN, scores.score(state, OWN, judged.distance[i] if state.calibrated == 1 else nan)
        if state.champion != asked.mark[i]:
            scores.forget(state, OF_TYPE)
            state.champion = asked.mark[i]
        if state.calibrated == 1 and scores.is_calibrated(state, OF_TYPE, tuning.calibrate_clips):
            of_type = scores.score(state, OF_TYPE, asked.distance[i])
            if not isnan(of_type):
                by, score = OF_TYPE, of_type
        seen = health.see(state, rms, clipped, missing_us[i], noise_db, gain_db, score < tuning.raise_score)
        if health.follow(state, seen, places.ts_us[i]):
            amount = health.amount(state, rms, clipped, missing_us[i], noise_db, gain_db)
            _tell_health(state, row, i, amount, places, told)
        state.unusable_hops = tuning.hops if health.spoils(seen) else max(state.unusable_hops - 1, 0)
        judged.unhealthy[i] = state.health != OK
        if looks.is_clip[i] == 1:
            judged.clip[i] = state.clips
            state.clips += 1
            of_clip = looks.clip[i, RMS_MEAN_AT]
            if state.unusable_hops > 0:
                pass
            elif state.is_learned == 0:
                _keep(state, learned.kept[row], tuning.learn_clips, free[i], level[i], swing, of_clip)
                if state.learned >= tuning.learn_clips:
                    told.counts[TO_FIT] = row
                    return i + 1
            elif is_steady and seen != NOISY:
                decide(
                    state, learned, tuning, row, i, by, score, of_clip, level[i], free[i], places, judged, asked, told
                )
        judged.learned[i] = state.calibrated
        judged.open[i] = state.open
    return len(looks.row)


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
def _tell_health(state: Record, row: int, i: int, amount: float, places: Places, told: Told) -> None:
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
    out.amount = amount
