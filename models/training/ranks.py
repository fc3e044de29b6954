"""Figures that depend on the order of scores alone."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata


def auc(healthy: NDArray[np.float64], faulty: NDArray[np.float64]) -> float:
    """Return the chance that a faulty score lies above a healthy one, ties counted half; NaN where one part is empty.

    Source: Hanley, J. A. and McNeil, B. J. (1982), Radiology 143(1).
    """
    healthy, faulty = healthy[np.isfinite(healthy)], faulty[np.isfinite(faulty)]
    n, m = len(healthy), len(faulty)
    if not n or not m:
        return float("nan")
    ranks = rankdata(np.concatenate([healthy, faulty]))
    return float((ranks[n:].sum() - m * (m + 1) / 2) / (n * m))


def rank_correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return Spearman's rank correlation of two columns (n,); NaN where one of them is constant."""
    known = np.isfinite(one) & np.isfinite(other)
    a, b = rankdata(one[known]), rankdata(other[known])
    if len(a) < 2 or np.ptp(a) == 0.0 or np.ptp(b) == 0.0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
