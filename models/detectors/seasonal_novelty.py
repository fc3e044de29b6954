"""A block of readings that is not what its time of day and week lets expect, even within the usual range.

Speaks only where a strong cycle is known. The mean seasonal score of a block is calibrated like the distances of
novelty: by the Gumbel tail of its own maxima over fifteen blocks.
"""

import numpy as np

from models.detectors import gumbel
from models.kernel import Record, kernel

SEASONAL_NOVELTY_FIELDS = [
    ("season_block", "<f4"),  # sum of the seasonal scores of the block being filled
    ("season_sum", "<f4"),  # of the maxima, and of their squares
    ("season_square", "<f4"),
    ("season_typical", "<f4"),
    ("season_peak", "<f4"),
    ("season_blocks", "<i4"),  # that were judged
]

LEAST_SHARE = 0.7
"""Of the variance of new hours that the profile must explain: in weaker cycles too much differs from day to day."""

WEIGHT = 1.0 / 6.0
"""One of the six views of novelty, whose mean is taken."""

MAXIMA_BLOCKS = 15


@kernel
def follow(state: Record, seasonal_z: float) -> None:
    """Take the seasonal score of a reading that has just been taken into the block."""
    state.season_block = (state.season_block if state.block_fill > 1 else 0.0) + seasonal_z


@kernel
def close_block(state: Record, block_readings: int) -> float:
    """Return the novelty of the block just closed by its season, 0 where it is usual or no strong cycle is known."""
    far = abs(state.season_block) / block_readings
    if far == 0.0 or state.seasonal_known == 0 or state.seasonal_share < LEAST_SHARE:
        return 0.0
    maxima = state.season_blocks // MAXIMA_BLOCKS
    found = gumbel.surprise(far, state.season_sum, state.season_square, maxima, state.season_typical)
    state.season_blocks += 1
    state.season_typical += (far - state.season_typical) / state.season_blocks
    state.season_peak = max(state.season_peak, np.float32(far))
    if state.season_blocks % MAXIMA_BLOCKS == 0:
        peak = float(state.season_peak)
        state.season_sum += peak
        state.season_square += peak * peak
        state.season_peak = 0.0
    return float(WEIGHT * found)
