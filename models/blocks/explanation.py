"""Which columns tell most of a strange block: those furthest from usual, in scales, and what was expected there."""

from math import exp

import numpy as np
from numpy.typing import NDArray

from models.blocks import scores
from models.blocks.columns import FIRST_CEPSTRUM, UNJUDGED
from models.blocks.state import Record
from models.blocks.transition import TOP_FEATURES
from models.kernel import kernel

CLEAR_Z = 3.0
"""Scales from which on a deviation tells by itself."""


@kernel
def natural(is_log: NDArray[np.bool_], column: int, judged: float) -> float:
    """Return a judged value in the column's own unit."""
    return exp(judged) if is_log[column] else judged


@kernel
def _weight(z: float, column: int) -> float:
    """Return how telling a deviation is: a cepstral coefficient speaks to nobody, so it comes behind a clear other."""
    return min(abs(z), CLEAR_Z) if column >= FIRST_CEPSTRUM else abs(z)


@kernel
def explain(
    z: NDArray[np.float64],
    values: NDArray[np.float64],
    group: NDArray[np.uint8],
    is_log: NDArray[np.bool_],
    state: Record,
    x: float,
    told: Record,
) -> None:
    """Write the most telling columns into a transition; a weight is a column's share of all squared deviations."""
    total = 0.0
    for j in range(len(values)):
        # Written so that NaN fails.
        if group[j] != UNJUDGED and abs(z[j]) >= 0.0:
            total += z[j] * z[j]
    for rank in range(TOP_FEATURES):
        best = -1
        for j in range(len(values)):
            usable = group[j] != UNJUDGED and abs(z[j]) > 0.0
            for before in range(rank):
                usable = usable and told.feature[before] != j
            if usable and (best < 0 or _weight(z[j], j) > _weight(z[best], best)):
                best = j
        told.feature[rank] = best
        told.feature_value[rank] = natural(is_log, best, values[best]) if best >= 0 else 0.0
        told.feature_expected[rank] = natural(is_log, best, scores.expected(state, best, x)) if best >= 0 else 0.0
        told.feature_weight[rank] = z[best] * z[best] / total if best >= 0 else 0.0
