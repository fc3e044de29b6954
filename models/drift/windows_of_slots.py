"""Has the middle of the last slots left what it ever was? Judged over three lengths, each by its own healthy history.

Medians, so that the one slot in which a step lies counts little. Deviations that wander slowly have large healthy
medians over long windows, so their threshold is high: what is usual decides, not what independence would say.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

LENGTHS = (3, 8, 24)
LEAST_Z = np.array([4.0, 2.5, 1.5])
"""Below these no median counts."""

SIGMAS = 5.0
_UNSURE = 2.0


LEAST_HISTORY = 2.0
"""Independent healthy medians to know before a length is judged."""


def medians(rows: NDArray[np.float64], least: int) -> NDArray[np.float64]:
    """Return the median of each column of `rows` (n, k), NaN left out, and NaN where fewer than `least` are known."""
    ordered = np.sort(rows, axis=0)  # NaN last
    known = np.isfinite(ordered).sum(axis=0)
    column = np.arange(rows.shape[1])
    middle = (ordered[np.maximum(known - 1, 0) // 2, column] + ordered[known // 2, column]) / 2
    return np.where(known >= max(least, 1), middle, np.nan)


class SlotWindows:
    """How large the medians of each column were over healthy slots."""

    def __init__(self) -> None:
        self.count = np.zeros((len(LENGTHS), 0))
        self.squares = np.zeros((len(LENGTHS), 0))

    def widen(self, columns: int) -> None:
        """Have so many columns."""
        more = columns - self.count.shape[1]
        if more > 0:
            room = np.zeros((len(LENGTHS), more))
            self.count, self.squares = np.hstack([self.count, room]), np.hstack([self.squares, room])

    def medians(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the medians (lengths, columns) of the last rows of `z` (n, columns), NaN where too few are known."""
        found = np.full(self.count.shape, np.nan)
        for at, length in enumerate(LENGTHS):
            if len(z) < length:
                break
            found[at] = medians(z[-length:], -(-3 * length // 4))
        return found

    def thresholds(self) -> NDArray[np.float64]:
        """Return how far a median may go, (lengths, columns)."""
        sd = np.sqrt(self.squares / np.maximum(self.count, 1.0))
        # Medians overlap, and what they are of wanders: so many slots are taken for one independent look.
        apart = 2.0 * np.array(LENGTHS)[:, None] + 6.0
        independent = np.maximum(self.count / apart, 1.0)
        limits = np.maximum(LEAST_Z[:, None], SIGMAS * sd * (1.0 + _UNSURE / np.sqrt(independent)))
        return np.where(independent >= LEAST_HISTORY, limits, np.inf)

    def learn(self, medians: NDArray[np.float64]) -> None:
        """Take in the medians of a healthy slot."""
        known = np.isfinite(medians)
        self.count += known
        self.squares += np.where(known, medians, 0.0) ** 2

    def forget(self) -> None:
        """Know nothing, as after a change that is the new normal."""
        self.count[:] = 0.0
        self.squares[:] = 0.0

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything that is kept, by name."""
        return {"median_count": self.count, "median_squares": self.squares}

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Put back what `arrays` returned."""
        self.count, self.squares = arrays["median_count"].copy(), arrays["median_squares"].copy()
