"""Columns of numbers as JSON has them."""

import numpy as np
from numpy.typing import NDArray

_DIGITS = 9


def numbers(values: NDArray[np.float64]) -> list[float | None]:
    """Return (n,) values with nine digits, null where they are not finite."""
    finite = np.isfinite(values)
    return [float(f"{v:.{_DIGITS}g}") if ok else None for v, ok in zip(values.tolist(), finite.tolist(), strict=True)]
