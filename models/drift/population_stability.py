"""Population stability index: how far the shares of the reference's deciles have moved.

0.1 is usually called a moderate, 0.25 a large change. Source: Siddiqi, N. (2006), Credit Risk Scorecards, Wiley.
The p-value is that of the chi-squared distribution which the index follows where nothing changed.
Source: Yurdakul, B. and Naranjo, J. (2020), Statistical properties of the population stability index.
"""

import numpy as np
from numpy.typing import NDArray

from models.drift.drift_test import Comparison, checked, unknown

BINS = 10
LEAST_ROWS = 3
# Counts are raised by this in each bin, so that an empty one is not infinitely far from a full one.
_PRIOR = 0.5


def population_stability(reference: NDArray[np.float64], current: NDArray[np.float64]) -> Comparison:
    """Compare each feature of `reference` (n, f) and `current` (m, f) over deciles; the effect is √(PSI/8) up to 1."""
    from scipy.stats import chi2

    checked(reference, current)
    found = unknown(reference.shape[1])
    for j in range(reference.shape[1]):
        before = reference[np.isfinite(reference[:, j]), j]
        now = current[np.isfinite(current[:, j]), j]
        if min(len(before), len(now)) < LEAST_ROWS:
            continue
        edges = np.unique(np.quantile(before, np.arange(1, BINS) / BINS))
        shares = [_shares(edges, sample) for sample in (before, now)]
        psi = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
        found.statistic[j] = psi
        found.p_value[j] = chi2.sf(psi / (1.0 / len(before) + 1.0 / len(now)), len(edges))
        found.effect[j] = min(np.sqrt(psi / 8.0), 1.0)
    return found


def _shares(edges: NDArray[np.float64], sample: NDArray[np.float64]) -> NDArray[np.float64]:
    counts = np.bincount(np.searchsorted(edges, sample, side="left"), minlength=len(edges) + 1) + _PRIOR
    return np.asarray(counts / counts.sum(), np.float64)
