"""Arrow columns of numbers as NumPy arrays, without loading pandas as `to_numpy` does wherever it is installed."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def values_of(column: pa.Array) -> NDArray[Any]:
    """Return the n numbers of a column, not copied; anything stands where there is none."""
    buffers = [None, column.buffers()[1]]
    values: NDArray[Any] = np.from_dlpack(
        pa.Array.from_buffers(column.type, len(column), buffers, offset=column.offset)
    )
    return values


def missing_of(column: pa.Array) -> NDArray[np.bool_] | None:
    """Return where a column (n,) has nothing; None: nowhere."""
    if not column.null_count:
        return None
    if pa.types.is_null(column.type):
        return np.ones(len(column), np.bool_)
    there = np.frombuffer(column.buffers()[0], np.uint8)
    missing: NDArray[np.bool_] = np.unpackbits(there, bitorder="little")[column.offset :][: len(column)] == 0
    return missing
