"""What is normal for the sensors of a type together: what a new one of them starts from.

Mean and variance of every feature over the healthy rows of all of them; the variance holds what differs between them,
too, so it is what a row of a sensor that was never seen is to be measured by. To a new sensor it counts as a few rows,
which its own soon outweigh and then replace.
Sources: Efron, B. and Morris, C. (1975), Data analysis using Stein's estimator and its generalizations, JASA 70(350)
(the fleet as prior of one of it); Finch, T. (2009), Incremental calculation of weighted mean and variance.
"""

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel
from models.windows.baseline import KNOWN_ROWS
from models.windows.sensor_state import SENSOR, STATE_VERSION

FEWEST_SENSORS = 5
"""Sensors that must have become known before they lend anything."""

MEMORY_ROWS = 4096.0


class Fleet:
    """`in_use` (1,) of SENSOR is what is lent; another such record goes on beside it until it takes its place."""

    def __init__(self) -> None:
        self._so_far, self.in_use = np.zeros((2, 1), SENSOR)
        self._so_far["version"] = self.in_use["version"] = STATE_VERSION

    @property
    def sensors(self) -> int:
        """How many sensors have become known."""
        return int(self._so_far["borrows"][0])

    def watch(self, features: NDArray[np.float64], learned: NDArray[np.int64], healthy: NDArray[np.bool_]) -> None:
        """Take in feature rows (n, k) of sensors that had `learned` (n,) rows before, where they are `healthy` (n,)."""
        _watch(self._so_far, features, learned, healthy)

    def settle(self) -> None:
        """Lend from now on what was taken in so far."""
        self.in_use = self._so_far.copy()

    def lend(self, states: NDArray[np.void], rows: NDArray[np.int64]) -> None:
        """Have those of the sensors `rows` (n,) that have learned nothing yet start from the fleet."""
        if self.in_use["borrows"][0] >= FEWEST_SENSORS:
            states["borrows"][rows[states["learned"][rows] == 0]] = 1

    def pack(self) -> bytes:
        """Return the state as bytes."""
        return self._so_far.tobytes() + self.in_use.tobytes()

    def restore(self, packed: bytes) -> None:
        """Put back what was packed."""
        both = np.frombuffer(packed, SENSOR).copy()
        self._so_far, self.in_use = both[:1], both[1:]


@kernel
def _watch(
    fleet: NDArray[np.void], features: NDArray[np.float64], learned: NDArray[np.int64], healthy: NDArray[np.bool_]
) -> None:
    state = fleet[0]
    for i in range(len(features)):
        if not healthy[i] or learned[i] < KNOWN_ROWS:
            continue
        # Every sensor passes this number once.
        state.borrows += 1 if learned[i] == KNOWN_ROWS else 0
        rate = 1.0 / min(state.learned + 1.0, MEMORY_ROWS)
        for j in range(features.shape[1]):
            x = features[i, j]
            # Written so that NaN and infinity fail.
            if not abs(x) < np.inf:
                continue
            step = x - state.mean[j]
            state.mean[j] += rate * step
            state.variance[j] = (1.0 - rate) * (state.variance[j] + rate * step * step)
        state.learned += 1
