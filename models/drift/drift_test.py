"""What a drift test is: two samples in, and whether they differ, by how much, and how sure that is."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from schemas.errors import BadDataError


class Comparison(NamedTuple):
    """Of k features, or of all together where k is 1: `statistic`, `p_value` and `effect` (k,), NaN where unknown.

    The effect does not depend on the sizes of the samples: 0 is no difference, ±1 complete separation.
    """

    statistic: NDArray[np.float64]
    p_value: NDArray[np.float64]
    effect: NDArray[np.float64]


class DriftTest(Protocol):
    """Compares samples; the same samples give the same answer, in whatever order their rows come."""

    def __call__(self, reference: NDArray[np.float64], current: NDArray[np.float64]) -> Comparison:
        """Compare `reference` (n, f) with `current` (m, f); raises BadDataError where the features differ."""


def checked(reference: NDArray[np.float64], current: NDArray[np.float64]) -> None:
    """Raise BadDataError unless both samples are tables of the same features."""
    if reference.ndim != 2 or current.ndim != 2 or reference.shape[1] != current.shape[1]:
        raise BadDataError(
            f"Samples of shapes {reference.shape} and {current.shape} cannot be compared; "
            "give (rows, features) with the same features."
        )


def unknown(features: int) -> Comparison:
    """Return the comparison that says nothing."""
    return Comparison(np.full(features, np.nan), np.full(features, np.nan), np.full(features, np.nan))
