"""When an anomaly is raised and cleared.

`novelty` is raised by the first emission of a run that reaches the threshold and cleared when the run's rest is over.
`episode` is raised after `hold_readings` readings in a row beyond the raise threshold of the range guard or robust z,
and held until `clear_hold_readings` in a row are back: within the clear threshold, or within 0.4 of the mean deviation
since the raise where that is more. An episode older than `longest_episode` ends anyway: its level is the new normal.
"""

from math import log10

import numpy as np

from models.kernel import Record, kernel
from models.transition import EPISODE, NOVELTY

NOTHING = 0
RAISE = 1
CLEAR = -1

MILD = 10.0
"""Times the raise threshold; a fault beyond it is told as often as it comes."""

RETURN_SHARE = 0.4
"""Share of an episode's own mean deviation that counts as back."""

RETURN_MEMORY_SHARE = 0.4
"""Learning stretches over which that mean forgets."""

RETURN_LARGEST = 5.0
"""Times the raise threshold; a larger deviation adds no more to that mean, so that a gross fault hides no other."""

GROWTH_FROM = 15.0
"""Learning stretches before the threshold of novelty begins to rise."""


@kernel
def quiet(state: Record) -> bool:
    """Return whether no episode is open or suspected, so that references may learn.

    A novelty is a moment, not a state: it stops no learning.
    """
    return bool(state.open[EPISODE] == 0 and state.pending == 0)


@kernel
def episode_score(z: float, outside: float, raise_z: float) -> float:
    """Return the score of the episode kind: |z|, or in the same units how far `outside` a reading is, if more."""
    return max(abs(z), outside * raise_z)


@kernel
def decide_episode(state: Record, z: float, outside: float, tuning: Record, ts_us: int, offset: int) -> int:
    """Return RAISE, CLEAR or NOTHING after a reading with these scores."""
    size = abs(z)
    if state.open[EPISODE] == 1:
        state.peak[EPISODE] = max(state.peak[EPISODE], np.float32(episode_score(z, outside, tuning.raise_z)))
        state.episode_readings += 1
        weight = 1.0 / min(state.episode_readings, RETURN_MEMORY_SHARE * tuning.learn_readings)
        state.episode_mean += weight * (min(size, RETURN_LARGEST * tuning.raise_z) - state.episode_mean)
        inside = size < max(RETURN_SHARE * state.episode_mean, tuning.clear_z)
        inside = inside and outside * tuning.raise_z < tuning.clear_z
        state.returning = state.returning + 1 if inside else 0
        over = state.returning >= tuning.clear_hold_readings or state.episode_readings >= tuning.longest_episode
        return CLEAR if over else NOTHING
    if (size < tuning.raise_z or state.settling > 0) and outside < 1.0:
        state.pending = 0
        return NOTHING
    if state.pending == 0:
        state.pending_ts_us = ts_us
        state.pending_offset = offset
    state.pending += 1
    return RAISE if state.pending >= tuning.hold_readings else NOTHING


@kernel
def was_mild(state: Record, raise_z: float) -> bool:
    """Return whether the open episode never went far beyond the threshold: then the references concede a little."""
    return bool(state.peak[EPISODE] < MILD * raise_z)


@kernel
def novelty_bar(state: Record, tuning: Record) -> float:
    """Return the threshold of the novelty kind: it rises with the decades of readings judged.

    The chance that a healthy block reaches a score falls about tenfold for each 0.85; as the growth is more than that,
    the false alarms of a whole life are few however long it is.
    """
    judged = state.readings / (GROWTH_FROM * tuning.learn_readings)
    if judged <= 1.0:
        return float(tuning.novelty_threshold)
    return float(tuning.novelty_threshold + tuning.novelty_growth * log10(judged))


@kernel
def decide_novelty(state: Record, emitted: float, tuning: Record) -> int:
    """Return RAISE or NOTHING after the emission of a full block (0: none); clearing is `novelty.is_over`'s word."""
    if state.open[NOVELTY] == 1:
        state.peak[NOVELTY] = max(state.peak[NOVELTY], np.float32(emitted))
        return NOTHING
    return RAISE if emitted > 0.0 and emitted >= novelty_bar(state, tuning) else NOTHING


@kernel
def open_anomaly(state: Record, kind: int, offset: int, index: int, score: float) -> None:
    """Note in the state that an anomaly of `kind` is open, raised by the reading at `offset`, `index`."""
    state.open[kind] = 1
    state.anomaly_offset[kind] = offset
    state.anomaly_index[kind] = index
    state.peak[kind] = score
    if kind == NOVELTY:
        state.first_offset[kind] = state.block_offset
        state.start_ts_us[kind] = state.block_ts_us
    else:
        state.first_offset[kind] = state.pending_offset
        state.start_ts_us[kind] = state.pending_ts_us
        state.pending = 0


@kernel
def close_anomaly(state: Record, kind: int) -> None:
    """Forget an anomaly that is over, so that equal states are equal bytes."""
    state.open[kind] = 0
    state.anomaly_offset[kind] = 0
    state.anomaly_index[kind] = 0
    state.first_offset[kind] = 0
    state.start_ts_us[kind] = 0
    state.peak[kind] = 0.0
    if kind == EPISODE:
        state.returning = 0
        state.episode_readings = 0
        state.episode_mean = 0.0
