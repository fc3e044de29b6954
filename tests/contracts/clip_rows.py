"""Rows of clip statistics as detectors of sound see them: a machine that runs in many ways, and faults in it."""

import numpy as np
from numpy.typing import NDArray

WAYS = 3
FAULT_COLUMNS = 6


def normal_rows(n: int, k: int, seed: int) -> NDArray[np.float64]:
    """Return rows (n, k) that lie near a curved surface of WAYS dimensions, each column with mean 0 and spread 1."""
    shape, rng = np.random.default_rng(0), np.random.default_rng(seed)
    straight, bent = shape.normal(size=(WAYS, k)), shape.normal(size=(WAYS, k))
    way = rng.normal(size=(n, WAYS))
    rows = way @ straight + 0.5 * (way**2 - 1.0) @ bent + 0.7 * rng.normal(size=(n, k))
    spread = np.sqrt((straight**2).sum(axis=0) + 0.5 * (bent**2).sum(axis=0) + 0.49)
    return np.asarray(rows / spread)


def faulty_rows(n: int, k: int, seed: int) -> NDArray[np.float64]:
    """Return rows (n, k) in which a few columns beside each other are off by 1.5 spreads."""
    rng = np.random.default_rng(seed)
    rows = normal_rows(n, k, seed)
    first = rng.integers(0, k - FAULT_COLUMNS, n)
    for i in range(n):
        rows[i, first[i] : first[i] + FAULT_COLUMNS] += 1.5 * rng.choice([-1.0, 1.0])
    return rows
