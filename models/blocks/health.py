"""Which state a waveform sensor is in after a block: the first that holds of out_of_range, stuck, clipped, gap.

A block that speaks of a fault neither raises nor teaches; the second in a row tells it, and `GOOD_BLOCKS` good ones in
a row end it. What a sensor did while it learned is its usual way. A block itself speaks of no other state:
scatter is what a vibration sensor measures, and that one sends no blocks is told by the others.
"""

import numpy as np
from numpy.typing import NDArray

from models.blocks.signs import HIGHEST, LONGEST_RUN, LOWEST, PILE, RUN_VALUE
from models.health.state import CLIPPED, GAP, OK, OUT_OF_RANGE, STUCK
from models.health.waveform_silence import is_pause, learn_interval, learn_pause
from models.kernel import Record, kernel

BLOCK_HEALTH_FIELDS = [
    # What is usual: the longest run of equal samples and the largest pile, both as shares of a block; the period.
    ("health_run_share", "<f8"),
    ("health_pile", "<f8"),
    ("health_lively", "<i8"),  # blocks that varied
    ("health_period_us", "<f8"),
    ("health_longest_us", "<f8"),  # healthy interval
    ("heard_us", "<i8"),  # the partition's clock when the last block came, neither a duplicate nor late
    # The present state, and what blocks of late said against it.
    ("health_state", "<i8"),
    ("health_found", "<i8"),
    ("health_blocks", "<i8"),  # in a row that said so
    ("health_found_us", "<i8"),
    ("health_good", "<i8"),
    ("health_good_us", "<i8"),
]

HELD_BLOCKS = 2
GOOD_BLOCKS = 3
LIVELY_BLOCKS = 3
STUCK_SHARE = 0.25
"""Of a block that stands still."""

CLIPPED_SHARE = 0.01
"""Of a block's samples that lie exactly at its extreme."""

TIMES_USUAL = 4.0
FEWEST_SAMPLES = 16
FEWEST_MISSING = 3


@kernel
def lost_before(state: Record, ts_us: int, seq: int) -> float:
    """Return how many blocks are missing before one that is about to be placed, 0 for a few; learns the period."""
    if state.blocks == 0:
        return 0.0
    interval_us = float(ts_us - state.last_ts_us)
    lost = 0.0
    if seq > state.last_seq >= 0:
        lost = seq - state.last_seq - 1.0
    elif seq < 0 and is_pause(state, interval_us):
        lost = interval_us / state.health_period_us - 1.0
        learn_pause(state, interval_us)
    if lost >= FEWEST_MISSING:
        return lost
    learn_interval(state, interval_us)
    return 0.0


@kernel
def judge(
    state: Record,
    signs: NDArray[np.float64],
    samples: int,
    limits: NDArray[np.float64],
    lost: float,
    missing_us: int,
    ts_us: int,
    change: Record,
) -> tuple[bool, bool]:
    """Judge a block that was placed; returns whether it may raise and teach, and whether `change` tells of a new state.

    `limits` (2,) are those of the samples; of `lost` blocks the first was due at `missing_us`.
    """
    found, amount, value = _find(state, signs, samples, limits)
    if found == OK and lost > 0.0 and state.health_state == OK:
        found, amount, value = GAP, lost, np.nan
    if found == OK:
        _learn(state, signs, samples)
        state.health_found = OK
        state.health_blocks = 0
        if state.health_state == OK:
            return True, False
        if state.health_good == 0:
            state.health_good_us = ts_us
        state.health_good += 1
        if state.health_good < GOOD_BLOCKS:
            return False, False
        _tell(state, change, OK, ts_us, state.health_good_us, float(state.health_good), np.nan)
        return True, True
    state.health_good = 0
    if found != state.health_found:
        state.health_found = found
        state.health_blocks = 0
        state.health_found_us = ts_us
    state.health_blocks += 1
    if found == state.health_state or (found != GAP and state.health_blocks < HELD_BLOCKS):
        return False, False
    since_us = missing_us if found == GAP else state.health_found_us
    _tell(state, change, found, ts_us, since_us, amount, value)
    return False, True


@kernel
def _find(
    state: Record, signs: NDArray[np.float64], samples: int, limits: NDArray[np.float64]
) -> tuple[int, float, float]:
    """Return the state that a block speaks for, the amount that tells it, and the value it is seen at."""
    if signs[LOWEST] < limits[0]:
        return OUT_OF_RANGE, signs[LOWEST], signs[LOWEST]
    if signs[HIGHEST] > limits[1]:
        return OUT_OF_RANGE, signs[HIGHEST], signs[HIGHEST]
    if samples < FEWEST_SAMPLES or state.health_lively < LIVELY_BLOCKS:
        return OK, 0.0, np.nan
    run = signs[LONGEST_RUN] / samples
    inside = signs[LOWEST] < signs[RUN_VALUE] < signs[HIGHEST]
    if run >= max(STUCK_SHARE, TIMES_USUAL * state.health_run_share) and (inside or signs[LOWEST] == signs[HIGHEST]):
        return STUCK, signs[LONGEST_RUN], signs[RUN_VALUE]
    if signs[PILE] >= max(CLIPPED_SHARE, TIMES_USUAL * state.health_pile):
        return CLIPPED, 100.0 * signs[PILE], max(signs[HIGHEST], -signs[LOWEST])
    return OK, 0.0, np.nan


@kernel
def _learn(state: Record, signs: NDArray[np.float64], samples: int) -> None:
    """While the sensor learns, take what a block did as usual."""
    if state.is_learned == 1 or signs[LOWEST] == signs[HIGHEST]:
        return
    state.health_lively += 1
    state.health_run_share = max(state.health_run_share, signs[LONGEST_RUN] / samples)
    state.health_pile = max(state.health_pile, signs[PILE])


@kernel
def _tell(state: Record, change: Record, new: int, ts_us: int, since_us: int, amount: float, value: float) -> None:
    change.before = state.health_state
    change.state = new
    change.ts_us = ts_us
    change.since_ts_us = since_us
    change.amount = amount
    change.value = value
    state.health_state = new
    state.health_good = 0


@kernel
def forget(state: Record) -> None:
    """Forget what is usual, for a sensor that was set up anew."""
    state.health_run_share = 0.0
    state.health_pile = 0.0
    state.health_lively = 0
