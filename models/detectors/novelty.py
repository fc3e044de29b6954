"""Novelty: is the present block of readings unlike every block remembered, in six views of it?

Readings are taken in blocks; each view compares a vector of the latest blocks with those remembered (only ones that no
longer overlap the present, and only if new). Distances are calibrated by the Gumbel tail of their own maxima; the score
is the mean of -log10 p over the views, lower inside the range seen so far and after recent emissions. An emission must
exceed those of its run before. Every figure of the recipe was frozen on real series; see the benchmark of quality.
"""

from math import exp

import numpy as np
from numpy.typing import NDArray

from models.cold import ColdPages
from models.detectors import gumbel
from models.detectors.novelty_memory import DIMENSIONS, SLOTS, START, nearest_of_three, nearest_of_two, remember
from models.kernel import Record, kernel
from models.series_state import BLOCKS, VIEWS

MAXIMA_WINDOWS = 15
INSIDE_FACTOR = 0.8
REST_SHARE = 0.35
NEW_BY = 0.5
FATIGUE = 0.1
FATIGUE_SHARE = 3.0
FATIGUE_FROM = 0.4

_DIMENSIONS = np.array(DIMENSIONS)
_BLOCKS_NEEDED = np.array((2, 1, 4, 4, 8, 2))
MOST_BLOCKS_NEEDED = int(_BLOCKS_NEEDED.max())


@kernel
def fill(state: Record, value: float, ts_us: int, offset: int, block_readings: int) -> bool:
    """Take one finite value into the block; returns whether the block is full now."""
    if state.block_fill == 0:
        state.block_sum = 0.0
        state.block_low = value
        state.block_high = value
        state.block_ts_us = ts_us
        state.block_offset = offset
    state.block_sum += value - state.base
    state.block_low = min(state.block_low, value)
    state.block_high = max(state.block_high, value)
    state.block_fill += 1
    return bool(state.block_fill == block_readings)


@kernel
def close_block(state: Record, last: float, block_readings: int) -> bool:
    """Put the full block among the latest ones; returns whether it reaches beyond the range of all before."""
    place = state.blocks % BLOCKS
    state.block_means[place] = state.block_sum / block_readings
    state.block_lows[place] = state.block_low - state.base
    state.block_highs[place] = state.block_high - state.base
    state.block_lasts[state.blocks % 4] = last - state.base
    beyond = state.blocks > 0 and (state.block_high > state.seen_high or state.block_low < state.seen_low)
    if state.blocks == 0:
        state.seen_low = state.block_low
        state.seen_high = state.block_high
    else:
        state.seen_low = min(state.seen_low, state.block_low)
        state.seen_high = max(state.seen_high, state.block_high)
    state.blocks += 1
    state.block_fill = 0
    return bool(beyond)


@kernel
def view(state: Record, which: int, newest: int, vector: NDArray[np.float32]) -> None:
    """Write the vector of a view whose newest block has the number `newest`."""
    mean = state.block_means[newest % BLOCKS]
    if which == 0:
        vector[0] = state.block_lasts[newest % 4]
        vector[1] = state.block_means[(newest - 1) % BLOCKS]
    elif which == 1:
        vector[0] = mean
        vector[1] = state.block_lows[newest % BLOCKS]
        vector[2] = state.block_highs[newest % BLOCKS]
    elif which == 2:
        before = 0.0
        for j in range(1, 4):
            before += state.block_means[(newest - j) % BLOCKS]
        vector[0] = mean
        vector[1] = before / 3.0
    elif which == 5:
        vector[0] = mean - state.block_means[(newest - 1) % BLOCKS]
        vector[1] = state.block_highs[newest % BLOCKS] - state.block_lows[newest % BLOCKS]
    else:
        length = 4 if which == 3 else 8
        total = 0.0
        low = np.float32(np.inf)
        high = np.float32(-np.inf)
        for j in range(length):
            place = (newest - j) % BLOCKS
            total += state.block_means[place]
            low = min(low, state.block_lows[place])
            high = max(high, state.block_highs[place])
        vector[0] = high
        vector[1] = low
        vector[2] = total / length


@kernel
def distance(
    state: Record,
    cold: ColdPages,
    row: int,
    which: int,
    layout: NDArray[np.int64],
    memory: int,
    released: NDArray[np.float32],
    present: NDArray[np.float32],
    new_by: float,
) -> float:
    """Remember the released vector if it is new; then return the distance of the present one to its nearest."""
    dimension = _DIMENSIONS[which]
    start, slots = layout[START, which], layout[SLOTS, which]
    count = int(state.view_count[which])
    floats = cold.novelty[row]
    if dimension == 2:
        to_released, to_present = nearest_of_two(floats, start, slots, count, released, present)
    else:
        to_released, to_present = nearest_of_three(floats, start, slots, count, released, present)
    if to_released <= new_by:
        return float(to_present)
    slot = int(state.view_next[which])
    remember(cold, row, layout, which, slot, released)
    state.view_next[which] = (slot + 1) % memory
    if count < memory:
        state.view_count[which] = count + 1
        between = abs(released[0] - present[0])
        for j in range(1, dimension):
            between = max(between, abs(released[j] - present[j]))
        return float(min(to_present, between))
    # A remembered vector was replaced, perhaps the nearest one.
    if dimension == 2:
        return float(nearest_of_two(floats, start, slots, count, present, present)[0])
    return float(nearest_of_three(floats, start, slots, count, present, present)[0])


@kernel
def surprise(state: Record, which: int, far: float, windows: int) -> float:
    """Return -log10 p of a distance by the maxima of the `windows` distances before it; 0 where it is usual."""
    maxima = windows // MAXIMA_WINDOWS
    return float(
        gumbel.surprise(far, state.view_sum[which], state.view_square[which], maxima, state.view_typical[which])
    )


@kernel
def calibrate(state: Record, which: int, far: float, windows: int) -> None:
    """Take a distance, the first after `windows` others, into the calibration of a view."""
    state.view_typical[which] += (far - state.view_typical[which]) / (windows + 1.0)
    state.view_peak[which] = max(state.view_peak[which], np.float32(far))
    if (windows + 1) % MAXIMA_WINDOWS == 0:
        peak = float(state.view_peak[which])
        state.view_sum[which] += peak
        state.view_square[which] += peak * peak
        state.view_peak[which] = 0.0


@kernel
def block_score(
    state: Record,
    cold: ColdPages,
    row: int,
    layout: NDArray[np.int64],
    learn_blocks: int,
    memory: int,
    beyond: bool,
    released: NDArray[np.float32],
    present: NDArray[np.float32],
) -> float:
    """Return the novelty of the block just closed; `released` and `present` are scratch space of three numbers."""
    blocks = int(state.blocks)
    warm = max(4, learn_blocks // 3)
    total = 0.0
    for which in range(VIEWS):
        needed = _BLOCKS_NEEDED[which]
        if blocks < 2 * needed:
            continue
        windows = max(0, blocks - 1 - max(warm, 2 * needed - 1))
        closed = windows // MAXIMA_WINDOWS
        new_by = NEW_BY * state.view_sum[which] / closed if closed > 0 else 0.0
        view(state, which, blocks - 1, present)
        view(state, which, blocks - 1 - needed, released)
        far = distance(state, cold, row, which, layout, memory, released, present, new_by)
        if blocks > learn_blocks:
            total += surprise(state, which, far, windows)
        if blocks > warm:
            calibrate(state, which, far, windows)
    total /= VIEWS
    return total if beyond else total * INSIDE_FACTOR


@kernel
def emit(state: Record, score: float, block_readings: int, learn_readings: int) -> float:
    """Return the score if it exceeds what this run of emissions has had, else 0; forgets a run after its rest."""
    t = state.readings - 1
    state.fatigue *= exp(-block_readings / (FATIGUE_SHARE * learn_readings))
    score /= 1.0 + FATIGUE * state.fatigue
    if is_over(state, learn_readings):
        state.run_best = 0.0
    if t < learn_readings or score <= state.run_best:
        return 0.0
    state.run_best = score
    state.run_at = t
    if score >= FATIGUE_FROM:
        state.fatigue += 1.0
    return score


@kernel
def is_over(state: Record, learn_readings: int) -> bool:
    """Return whether the rest after the last emission is over."""
    return bool(state.readings - 1 - state.run_at > int(REST_SHARE * learn_readings))
