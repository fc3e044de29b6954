"""What a block's samples say of the sensor itself: how long they stand still, and how many lie at their extremes."""

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel

SIGNS: tuple[str, ...] = ("longest_run", "pile", "lowest", "highest", "run_value")
"""Longest run of equal samples, and its value; share of samples piled at the fuller extreme (0: no pile); extremes."""

LONGEST_RUN, PILE, LOWEST, HIGHEST, RUN_VALUE = range(len(SIGNS))

PILE_TIMES_NEXT = 4.0
"""A pile holds so many times the samples of the next level inside; a sine read in steps has 2.4 times at its top."""


@kernel
def read_signs(samples: NDArray[np.float32], out: NDArray[np.float64]) -> None:
    """Write SIGNS of a block (w,) of finite samples, w ≥ 1, into `out` (5,)."""
    low = high = run_value = before = samples[0]
    at_low = at_high = run = longest = 1
    # The next levels inside the extremes, and how many samples lie there.
    above_low, below_high = np.float32(np.inf), np.float32(-np.inf)
    near_low = near_high = 0
    for k in range(1, len(samples)):
        x = samples[k]
        run = run + 1 if x == before else 1
        before = x
        if run > longest:
            longest, run_value = run, x
        if x < low:
            above_low, near_low, low, at_low = low, at_low, x, 1
        elif x == low:
            at_low += 1
        elif x < above_low:
            above_low, near_low = x, 1
        elif x == above_low:
            near_low += 1
        if x > high:
            below_high, near_high, high, at_high = high, at_high, x, 1
        elif x == high:
            at_high += 1
        elif x > below_high:
            below_high, near_high = x, 1
        elif x == below_high:
            near_high += 1
    piled = 0
    if low < high:
        piled = at_low if at_low > PILE_TIMES_NEXT * near_low else 0
        piled = max(piled, at_high if at_high > PILE_TIMES_NEXT * near_high else 0)
    out[LONGEST_RUN] = longest
    out[PILE] = piled / len(samples)
    out[LOWEST] = low
    out[HIGHEST] = high
    out[RUN_VALUE] = run_value
