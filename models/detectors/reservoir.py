"""A bounded sample of the rows learned so far, kept column by column, in which older rows slowly give way.

Source: Vitter, J. S. (1985), Random sampling with a reservoir, ACM TOMS 11(1), algorithm R; beyond MEMORY_ROWS the
chance of a new row no longer falls, so that the sample follows (Aggarwal, C. C. (2006), On biased reservoir sampling
in the presence of stream evolution, VLDB).
"""

import numpy as np
from numpy.typing import NDArray

from models.detectors.counter_random import below
from models.kernel import kernel

MEMORY_ROWS = 8192
"""About the age, in rows learned, at which a row has given way."""


@kernel
def place_of(seed: int, learned: int, capacity: int, memory: int) -> int:
    """Return the place for the row after `learned` others, or -1: it stays out."""
    if learned < capacity:
        return learned
    place = below(seed, learned, min(learned + 1, memory))
    return place if place < capacity else -1


@kernel
def insert(sample: NDArray[np.float32], seed: int, learned: int, row: NDArray[np.float32]) -> None:
    """Put the row (k,) after `learned` others into `sample` (k, capacity), unless chance leaves it out."""
    place = place_of(seed, learned, sample.shape[1], MEMORY_ROWS)
    if place >= 0:
        for j in range(len(row)):
            sample[j, place] = row[j]
