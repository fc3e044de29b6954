"""Cold pages of all series: written in place, and noted as changed until the next checkpoint."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel


class ColdPages(NamedTuple):
    """Arrays of the cold state, n rows: the kernels' view of it.

    `floats` (n, pages × 128) float32; `changed` (n,) int64, bit k: page k changed since the last checkpoint, so a
    series has at most 64 pages.
    """

    floats: NDArray[np.float32]
    changed: NDArray[np.int64]


@kernel
def note_change(cold: ColdPages, row: int, page: int) -> None:
    """Note that a page changes."""
    cold.changed[row] |= 1 << page
