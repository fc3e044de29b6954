"""The latest standardised rows of each sensor, kept only where a model in service judges a row with those before it."""

import numpy as np
from numpy.typing import NDArray

from models.features.extractors import WINDOW_FEATURES
from models.kernel import kernel
from schemas.errors import BadDataError

MOST_CONTEXT_ROWS = 7
"""That a model may want before a row."""

_SHAPE = (MOST_CONTEXT_ROWS, len(WINDOW_FEATURES))
_BYTES = 4 * MOST_CONTEXT_ROWS * len(WINDOW_FEATURES)


class RowContext:
    """The last MOST_CONTEXT_ROWS rows of each series, the oldest first, NaN where there are none yet."""

    def __init__(self) -> None:
        self._rows: dict[int, NDArray[np.float32]] = {}
        self._touched: set[int] = set()

    def extend(self, series: NDArray[np.int64], z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take in rows (n, k) of `series` (n,) in order; return each with those before it (n, MOST + 1, k)."""
        numbers, places = np.unique(series, return_inverse=True)
        present = np.stack([self._of(number) for number in numbers.tolist()])
        histories = np.empty((len(z), MOST_CONTEXT_ROWS + 1, z.shape[1]))
        _extend(present, places.astype(np.int64), z, histories)
        for number, rows in zip(numbers.tolist(), present, strict=True):
            self._rows[number] = rows
        self._touched.update(numbers.tolist())
        return histories

    def _of(self, number: int) -> NDArray[np.float32]:
        found = self._rows.get(number)
        return np.full(_SHAPE, np.nan, np.float32) if found is None else found

    def packed_changes(self) -> list[tuple[int, bytes]]:
        """Return number and content of each series that changed since the last call."""
        changed = [(number, self._rows[number].tobytes()) for number in sorted(self._touched)]
        self._touched.clear()
        return changed

    def restore(self, number: int, packed: bytes) -> None:
        """Put back what was packed; raises BadDataError on a record of another length."""
        if len(packed) != _BYTES:
            raise BadDataError(
                f"Stored context rows have {len(packed)} bytes, not {_BYTES}; delete the state table to learn anew."
            )
        self._rows[number] = np.frombuffer(packed, np.float32).reshape(_SHAPE)

    @property
    def state_bytes(self) -> int:
        """Size of the state, in bytes."""
        return _BYTES * len(self._rows)


@kernel
def _extend(
    present: NDArray[np.float32], places: NDArray[np.int64], z: NDArray[np.float64], histories: NDArray[np.float64]
) -> None:
    before = present.shape[1]
    for i in range(len(z)):
        own = present[places[i]]
        for j in range(z.shape[1]):
            for m in range(before):
                histories[i, m, j] = own[m, j]
            histories[i, before, j] = z[i, j]
            for m in range(before - 1):
                own[m, j] = own[m + 1, j]
            own[before - 1, j] = z[i, j]
