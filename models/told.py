"""Room for what a loop over blocks or looks tells, and how much of it there is."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

TRANSITIONS, CHANGES, TO_FIT = range(3)
"""Places in `counts`; the row at TO_FIT has learned enough to be fitted, −1: none."""


class Told(NamedTuple):
    """Room for records of anomalies raised or cleared and of changes of health, and `counts` (3,) of each."""

    transitions: NDArray[np.void]
    changes: NDArray[np.void]
    counts: NDArray[np.int64]

    @classmethod
    def room(cls, n: int, transition: np.dtype[np.void], change: np.dtype[np.void]) -> "Told":
        """Return room for n records of each of the two forms."""
        return cls(np.zeros(n, transition), np.zeros(n, change), np.array([0, 0, -1]))

    def take_fit(self) -> int:
        """Return the row that is to be fitted, once; −1: none."""
        row = int(self.counts[TO_FIT])
        self.counts[TO_FIT] = -1
        return row

    def written(self) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """Return the transitions and the changes that were told, in order."""
        return self.transitions[: self.counts[TRANSITIONS]], self.changes[: self.counts[CHANGES]]
