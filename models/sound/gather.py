"""The kernels that put a batch's frames in order and its runs of sound into looks."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.arrival import is_taken_in
from models.kernel import kernel
from models.sound import clip, order, silence
from models.sound.framing import RATE_HZ
from models.sound.looks import Looks, Places


class Arrivals(NamedTuple):
    """n audio frames in order of arrival; `samples` of each channel at `rate_hz`; seq −1: not known."""

    row: NDArray[np.int64]
    offset: NDArray[np.int64]
    ts_us: NDArray[np.int64]
    seq: NDArray[np.int64]
    rate_hz: NDArray[np.int64]
    channels: NDArray[np.int64]
    samples: NDArray[np.int64]


class Runs(NamedTuple):
    """Pieces of sound without a hole, those of a row together and in order.

    `fresh` where the run begins here, after `missing_us` of silence; features `feature_at` (runs + 1,) of it; audio
    frames `frame_at` (runs + 1,) of it, in `frame`, with `after` (frames,) samples of the run behind each at RATE_HZ.
    """

    row: NDArray[np.int64]
    fresh: NDArray[np.uint8]
    missing_us: NDArray[np.int64]
    feature_at: NDArray[np.int64]
    frame_at: NDArray[np.int64]
    frame: NDArray[np.int64]
    after: NDArray[np.int64]


@kernel
def place_all(
    states: NDArray[np.void],
    touched: NDArray[np.bool_],
    alarm: NDArray[np.int64],
    clocks: NDArray[np.void],
    arrivals: Arrivals,
    status: NDArray[np.uint8],
    anchor_us: NDArray[np.int64],
    missing_us: NDArray[np.int64],
    missed: NDArray[np.void],
) -> int:
    """Write the status of each frame, the time of its run's first sample, and what was missing before it.

    Returns how many records of `missed` (SOUND_HEALTH) were written: of microphones whose frames stopped coming, in
    order of time. `alarm` (rows,) and `clocks` (1,) are those of models/health/silence.py.
    """
    clock, used = clocks[0], 0
    for i in range(len(arrivals.row)):
        row, ts_us, seq, offset = arrivals.row[i], arrivals.ts_us[i], arrivals.seq[i], arrivals.offset[i]
        state = states[row]
        if ts_us >= clock.step_us and not is_taken_in(state, offset):
            used = silence.miss(states, touched, alarm, clock, ts_us, i, missed, used)
        before_us, before_seq = state.last_ts_us, state.last_seq
        status[i] = order.place(
            state, ts_us, seq, offset, arrivals.rate_hz[i], arrivals.channels[i], arrivals.samples[i]
        )
        if status[i] >= order.NEXT:
            silence.hear(state, clock, ts_us, seq, before_us, before_seq, status[i] == order.NEXT)
        alarm[row] = silence.alarm_us(state)
        anchor_us[i] = state.anchor_us
        missing_us[i] = max(state.missing_us, 0) if status[i] == order.BROKEN else 0
    return used


@kernel
def follow_all(
    states: NDArray[np.void],
    sums: clip.Sums,
    hop_samples: int,
    runs: Runs,
    features: NDArray[np.float32],
    offset: NDArray[np.int64],
    anchor_us: NDArray[np.int64],
    looks: Looks,
    places: Places,
    missing_us: NDArray[np.int64],
) -> int:
    """Take in all runs; write their looks, where each was completed, and what was missing before; return how many."""
    at, last, nth = 0, -1, 0
    for r in range(len(runs.row)):
        row = runs.row[r]
        state = states[row]
        if runs.fresh[r] == 1:
            clip.begin(state, row, sums)
            state.run_missing_us = runs.missing_us[r]
        first, frame = at, runs.frame_at[r]
        end = runs.after[runs.frame_at[r + 1] - 1]
        of_run = features[runs.feature_at[r] : runs.feature_at[r + 1]]
        at = clip.follow(state, row, sums, hop_samples, of_run, end, looks, at)
        for i in range(first, at):
            while runs.after[frame] < looks.end[i]:
                frame += 1
            cause = runs.frame[frame]
            nth = nth + 1 if cause == last else 0
            last = cause
            places.position[i] = cause
            places.nth[i] = nth
            places.offset[i] = offset[cause]
            places.ts_us[i] = anchor_us[cause] + round(looks.end[i] * 1e6 / RATE_HZ)
            missing_us[i] = state.run_missing_us
            state.run_missing_us = 0
    return at
