"""The latest rows of each sensor, kept only where a model in service judges a row with those before it."""

import numpy as np
from numpy.typing import NDArray

from models.features.extractors import WINDOW_FEATURES
from models.kernel import kernel
from schemas.errors import BadDataError

MOST_CONTEXT_ROWS = 7
"""That a model may want before a row."""

_SHAPE = (MOST_CONTEXT_ROWS, len(WINDOW_FEATURES))


class RowContext:
    """The last MOST_CONTEXT_ROWS rows of each series, the oldest first, NaN where there are none yet.

    Standardised rows are float32, what they are made of is float64.
    """

    def __init__(self, dtype: type[np.float32 | np.float64] = np.float32) -> None:
        self._dtype = np.dtype(dtype)
        self._bytes = self._dtype.itemsize * MOST_CONTEXT_ROWS * len(WINDOW_FEATURES)
        self._rows: dict[int, NDArray[np.floating]] = {}
        self._touched: set[int] = set()

    def extend(self, series: NDArray[np.int64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take in rows (n, k) of `series` (n,) in order; return each with those before it (n, MOST + 1, k)."""
        numbers, places = np.unique(series, return_inverse=True)
        present = np.stack([self.of(number) for number in numbers.tolist()])
        histories = np.empty((len(rows), MOST_CONTEXT_ROWS + 1, rows.shape[1]))
        _extend(present, places.astype(np.int64), rows, histories)
        for number, latest in zip(numbers.tolist(), present, strict=True):
            self.put(number, latest)
        return histories

    def of(self, number: int) -> NDArray[np.floating]:
        """Return what is kept of a series."""
        found = self._rows.get(number)
        return np.full(_SHAPE, np.nan, self._dtype) if found is None else found

    def holds(self, number: int) -> bool:
        """Whether anything is kept of a series."""
        return number in self._rows

    def put(self, number: int, rows: NDArray[np.floating]) -> None:
        """Have rows (MOST_CONTEXT_ROWS, k) in the place of what is kept of a series."""
        self._rows[number] = rows.astype(self._dtype, copy=False)
        self._touched.add(number)

    def forget(self, series: NDArray[np.int64]) -> None:
        """Keep nothing of these series: rows that come without being taken in make a hole."""
        if self._rows:
            for number in np.unique(series).tolist():
                if self._rows.pop(number, None) is not None:
                    self._touched.add(number)

    def packed_changes(self) -> list[tuple[int, bytes]]:
        """Return number and content of each series that changed since the last call; empty where nothing is kept."""
        changed = [
            (number, self._rows[number].tobytes() if number in self._rows else b"") for number in sorted(self._touched)
        ]
        self._touched.clear()
        return changed

    def restore(self, number: int, packed: bytes) -> None:
        """Put back what was packed; raises BadDataError on a record of another length."""
        if not packed:
            return
        if len(packed) != self._bytes:
            raise BadDataError(
                f"Stored context rows have {len(packed)} bytes, not {self._bytes}; "
                "delete the state table to learn anew."
            )
        self._rows[number] = np.frombuffer(packed, self._dtype).reshape(_SHAPE)

    @property
    def state_bytes(self) -> int:
        """Size of the state, in bytes."""
        return self._bytes * len(self._rows)


@kernel
def _extend(
    present: NDArray[np.floating], places: NDArray[np.int64], rows: NDArray[np.float64], histories: NDArray[np.float64]
) -> None:
    before = present.shape[1]
    for i in range(len(rows)):
        own = present[places[i]]
        for j in range(rows.shape[1]):
            for m in range(before):
                histories[i, m, j] = own[m, j]
            histories[i, before, j] = rows[i, j]
            for m in range(before - 1):
                own[m, j] = own[m + 1, j]
            own[before - 1, j] = rows[i, j]
