"""What goes wrong on the way: readings that come twice, and readings overtaken by their successor."""

import numpy as np
from numpy.typing import NDArray

_MIX = 0x9E3779B97F4A7C15
_ALL_BITS = 0xFFFFFFFFFFFFFFFF


class Disorder:
    """Decides by a hash of a reading's place, so that the same are hit however the run is cut."""

    def __init__(self, duplicated: float, swapped: float, seed: int) -> None:
        self._duplicated, self._swapped = duplicated, swapped
        self._seed = seed + 1

    @property
    def active(self) -> bool:
        """Whether any reading is disturbed at all."""
        return self._duplicated > 0.0 or self._swapped > 0.0

    def of(self, tick: int, sensors: slice) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which readings of a tick come twice, and which after their successor: two (n,) masks."""
        place = np.arange(sensors.start, sensors.stop, dtype=np.uint64)
        row = np.uint64((tick * _MIX + self._seed) & _ALL_BITS)
        mixed = (place + row) * np.uint64(_MIX)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        share = (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53
        twice = share < self._duplicated
        return twice, ~twice & (share < self._duplicated + self._swapped)
