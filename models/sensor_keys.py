"""Digests of sensors' names: state that speaks of sensors of an asset knows them by these, because rows change."""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_FIRST_CAPACITY = 64


def sensor_key(sensor_id: str) -> int:
    """Return the digest of a name: a 64-bit number, never 0."""
    return int.from_bytes(blake2b(sensor_id.encode(), digest_size=8).digest(), "little", signed=True) or 1


class SensorKeys:
    """The digest of each row of the sensor index, and the row of each digest."""

    def __init__(self) -> None:
        self.of_row: NDArray[np.int64] = np.zeros(0, np.int64)
        self._count = 0
        self._row_of: dict[int, int] = {}

    def __len__(self) -> int:
        return self._count

    def add(self, sensor_ids: Iterable[str]) -> None:
        """Name the next rows, in order."""
        for sensor_id in sensor_ids:
            if self._count == len(self.of_row):
                more = max(self._count, _FIRST_CAPACITY)
                self.of_row = np.concatenate([self.of_row, np.zeros(more, np.int64)])
            key = sensor_key(sensor_id)
            self.of_row[self._count] = key
            self._row_of[key] = self._count
            self._count += 1

    def row(self, key: int) -> int:
        """Return the row of a digest, -1 if it has none."""
        return self._row_of.get(key, -1)
