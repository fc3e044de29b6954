"""Gaussian mixture: how unlikely a clip's profile is under a few normal distributions, one for each way of running.

Fitted by scikit-learn, scored without it.
Source: Bishop, C. M. (2006), Pattern Recognition and Machine Learning, 9.2.
"""

from math import exp, inf, log
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import Arrays, check_columns, standard_rows
from models.kernel import kernel
from models.sound.detectors.normal_rows import normal_rows

COMPONENTS = 4
ADDED_VARIANCE = 0.1
"""Of a standard profile: a tenth of what is usual is never strange, and a component of few clips stays wide."""


class GaussianMixture:
    """A detector by c components.

    `mean` (c, b), `factor` (c, b, b), of which row j is what band j adds to each whitened axis, and `log_weight` (c,)
    with all constants, float64.
    """

    def __init__(self, columns: tuple[str, ...], arrays: Arrays) -> None:
        check_columns(columns)
        self.columns = columns
        self._mean = np.array(arrays["mean"], np.float64)
        self._factor = np.array(arrays["factor"], np.float64)
        self._log_weight = np.array(arrays["log_weight"], np.float64)

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the negative log likelihoods (n,) of standard profiles (n, b), NaN for unknown ones."""
        z, judged = standard_rows(x, self.columns)
        scores, white = np.empty(len(z)), np.empty(z.shape[1])
        _score(self._mean, self._factor, self._log_weight, z, white, np.empty(len(self._mean)), scores)
        scores[~judged] = np.nan
        return scores

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        return {"mean": self._mean, "factor": self._factor, "log_weight": self._log_weight}

    @classmethod
    def from_arrays(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Return the detector that had these arrays."""
        return cls(columns, arrays)


def fit_gaussian_mixture(x: NDArray[np.float64], columns: tuple[str, ...], seed: int) -> GaussianMixture:
    """Return a detector fitted on normal standard profiles (n, b); raises BadDataError when they are too few."""
    from sklearn.mixture import GaussianMixture as Mixture

    z = normal_rows(x, columns)
    mixture = Mixture(COMPONENTS, reg_covar=ADDED_VARIANCE, random_state=seed).fit(z.astype(np.float64))
    factor = mixture.precisions_cholesky_
    bands = z.shape[1]
    log_weight = np.log(mixture.weights_) - 0.5 * bands * log(2.0 * np.pi)
    log_weight += np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    return GaussianMixture(columns, {"mean": mixture.means_, "factor": factor, "log_weight": log_weight})


@kernel
def _score(
    mean: NDArray[np.float64],
    factor: NDArray[np.float64],
    log_weight: NDArray[np.float64],
    rows: NDArray[np.float32],
    white: NDArray[np.float64],
    log_likely: NDArray[np.float64],
    scores: NDArray[np.float64],
) -> None:
    for i in range(len(rows)):
        most = -inf
        for c in range(len(mean)):
            white[:] = 0.0
            for j in range(len(white)):
                off, adds = np.float64(rows[i, j]) - mean[c, j], factor[c, j]
                for a in range(len(white)):
                    white[a] += off * adds[a]
            square = 0.0
            for a in range(len(white)):
                square += white[a] * white[a]
            log_likely[c] = log_weight[c] - 0.5 * square
            most = max(most, log_likely[c])
        total = 0.0
        for c in range(len(mean)):
            total += exp(log_likely[c] - most)
        scores[i] = -most - log(total)
