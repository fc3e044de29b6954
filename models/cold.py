"""Cold state of all series, each part in an array of its own: written in place, noted as changed until a checkpoint."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel


class ColdPages(NamedTuple):
    """The kernels' view of the cold state of n series.

    `held` (n,) of HELD and `regimes` (n,) of BASELINE; `seasonal` (n, 128), `change_point` (n, 256) and `novelty`
    (n, numbers) float32, a part without numbers being left out; `changed` (n,) int64, bit k: page k changed since the
    last checkpoint.
    """

    held: NDArray[np.void]
    regimes: NDArray[np.void]
    seasonal: NDArray[np.float32]
    change_point: NDArray[np.float32]
    novelty: NDArray[np.float32]
    changed: NDArray[np.int64]


@kernel
def note_change(cold: ColdPages, row: int, page: int) -> None:
    """Note that a page changes."""
    cold.changed[row] |= 1 << page
