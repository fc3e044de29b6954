"""Range guard: how far a reading lies outside of the range seen while healthy.

After the learning stretch the range widens with each healthy reading by at most 2 / n of itself, n the readings so far:
the growth of a trend that began when the series did, and that a slow cycle needs. What leaves the range faster is told.
"""

from math import sqrt

import numpy as np

from models.kernel import Record, kernel

SMALLEST_SHARE = 0.1
CREEP = 2.0
CONCESSION = 0.25
"""Share of its own width by which the range widens on each side after a mild episode."""
LARGEST = 1e6
"""Scores are cut here, so that a first change of a constant series stays a finite number."""


@kernel
def allowance(state: Record, margin: float, learn_readings: int) -> float:
    """Return how far outside the range seen still is healthy: `margin` × its width after one learning stretch.

    It shrinks with the square root of what was learned, to a tenth: a short life has not seen much of its range.
    """
    young = sqrt(learn_readings / max(state.learned, learn_readings))
    return margin * max(young, SMALLEST_SHARE) * float(state.range_high - state.range_low)


@kernel
def score(state: Record, value: float, margin: float, learn_readings: int) -> float:
    """Return the distance outside the range seen, in units of what is allowed (`allowance`); 0 inside."""
    outside = max(value - state.range_high, state.range_low - value)
    if outside <= 0.0:
        return 0.0
    allowed = allowance(state, margin, learn_readings)
    return min(outside / allowed, LARGEST) if allowed > 0.0 else LARGEST


@kernel
def learn(state: Record, value: float, learn_readings: int) -> None:
    """Widen the range by a healthy value: freely while learning, then only as fast as a steady trend would have it."""
    if state.learned == 0:
        state.range_low = value
        state.range_high = value
        return
    creep = np.inf
    if state.learned >= learn_readings:
        creep = CREEP * (state.range_high - state.range_low) / state.learned
    state.range_low = max(min(state.range_low, value), state.range_low - creep)
    state.range_high = min(max(state.range_high, value), state.range_high + creep)


@kernel
def concede(state: Record) -> None:
    """Widen the range a little after an episode that ended by itself: what keeps returning is to stop alarming."""
    widening = CONCESSION * (state.range_high - state.range_low)
    state.range_low -= widening
    state.range_high += widening


@kernel
def accept(state: Record, level: float) -> None:
    """Let the range reach the level that an episode ended at."""
    state.range_low = min(state.range_low, level)
    state.range_high = max(state.range_high, level)
