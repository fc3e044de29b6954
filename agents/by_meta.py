"""What follows from what a sensor's messages say of it, as an array: looked up once for each meta of the index."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.sensor_index import SensorIndex, SensorMeta


class ByMeta:
    """Numbers of type `dtype` by meta of an index, each what `number_of` says of it when it is new."""

    def __init__(
        self, index: SensorIndex, number_of: Callable[[SensorMeta], int], dtype: type[np.integer[Any]]
    ) -> None:
        self._index, self._number_of = index, number_of
        self._numbers = np.zeros(0, dtype)

    def take_in_new(self) -> None:
        """Have a number for each meta that the index has."""
        new = self._index.metas[len(self._numbers) :]
        if new:
            added = np.array([self._number_of(meta) for meta in new], self._numbers.dtype)
            self._numbers = np.concatenate([self._numbers, added])

    def of(self, metas: NDArray[np.integer[Any]]) -> NDArray[Any]:
        """Return the numbers (n,) of metas (n,)."""
        self.take_in_new()
        numbers: NDArray[Any] = self._numbers[metas]
        return numbers
