"""Cold pages of all series: written in place, with the former content of each page kept aside until a checkpoint."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel
from models.series_state import PAGE_FLOATS

PAGE_BITS = 6
"""A page is known by `row << PAGE_BITS | page`; so a series has at most 64 pages."""


class ColdPages(NamedTuple):
    """Arrays of the cold state, n rows: the kernels' view of it.

    `floats` (n, pages × 128) float32; `changed` (n,) int64, bit k: page k changed since the last checkpoint;
    `kept` (capacity, 128) float32 former contents; `kept_key` (capacity,) which page each is; `used` (1,) how many.
    """

    floats: NDArray[np.float32]
    changed: NDArray[np.int64]
    kept: NDArray[np.float32]
    kept_key: NDArray[np.int64]
    used: NDArray[np.int64]


@kernel
def before_change(cold: ColdPages, row: int, page: int) -> None:
    """Keep the content of a page aside if this is its first change since the last checkpoint; needs room in `kept`."""
    if (cold.changed[row] >> page) & 1:
        return
    cold.changed[row] |= 1 << page
    slot = cold.used[0]
    start = page * PAGE_FLOATS
    for k in range(PAGE_FLOATS):
        cold.kept[slot, k] = cold.floats[row, start + k]
    cold.kept_key[slot] = (row << PAGE_BITS) | page
    cold.used[0] = slot + 1
