"""Rows of samples as every window and block feature takes them: one window or block a row, each row by itself."""

from math import isnan, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.kernel import kernel
from schemas.errors import BadDataError

LARGEST = 1e100
"""A row with a NaN or a sample beyond ±1e100 has NaN for every feature: its powers could no longer be summed."""


def checked(rows: ArrayLike) -> NDArray[np.float64]:
    """Return `rows` as contiguous float64 (n, w); raises BadDataError unless it is two-dimensional with w ≥ 1."""
    found = np.ascontiguousarray(rows, np.float64)
    if found.ndim != 2 or found.shape[1] == 0:
        raise BadDataError(
            f"samples have shape {np.shape(rows)}: give (rows, samples of a row), with at least one sample"
        )
    return found


@kernel
def mean_of(row: NDArray[np.float64]) -> float:
    """Return the mean of a row, exact where all samples are equal; NaN where a sample is not usable."""
    origin = row[0]
    total = 0.0
    for k in range(row.size):
        if not abs(row[k]) <= LARGEST:
            return nan
        total += row[k] - origin
    return float(origin + total / row.size)


@kernel
def centre(rows: NDArray[np.float64], taper: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Write each row less its mean, times `taper` (w,), into `out` (n, w); NaN throughout where the mean is."""
    for i in range(rows.shape[0]):
        mean = mean_of(rows[i])
        for k in range(rows.shape[1]):
            out[i, k] = (rows[i, k] - mean) * taper[k] if not isnan(mean) else nan
