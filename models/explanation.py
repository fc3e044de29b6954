"""Which features tell most of an anomaly: those furthest from their healthy mean, in healthy standard deviations."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from models.features.names import TOLD
from models.features.rolling import IS_LEVEL
from models.kernel import Record, kernel
from models.series_state import RING
from models.transition import TOP_FEATURES


@kernel
def explain(state: Record, features: NDArray[np.float64], squares: NDArray[np.float64], transition: Record) -> None:
    """Write the top features, most telling first; a weight is the feature's share of all squared deviations.

    `squares` (TOLD,) is scratch space.
    """
    squares[:] = 0.0
    known = TOLD if state.learned > RING else 0
    total = 0.0
    for j in range(known):
        offset = IS_LEVEL[j] * state.base
        sd = max(sqrt(state.feature_var[j]), 1e-9 * abs(state.feature_mean[j]) + 1e-12)
        z = min(abs(features[j] - offset - state.feature_mean[j]) / sd, 1e6)
        squares[j] = z * z
        total += squares[j]
    for rank in range(TOP_FEATURES):
        best = -1
        for j in range(TOLD):
            if squares[j] > 0.0 and (best < 0 or squares[j] > squares[best]):
                best = j
        transition.feature[rank] = best
        if best < 0:
            transition.feature_value[rank] = 0.0
            transition.feature_expected[rank] = 0.0
            transition.feature_weight[rank] = 0.0
            continue
        transition.feature_value[rank] = features[best]
        transition.feature_expected[rank] = state.feature_mean[best] + IS_LEVEL[best] * state.base
        transition.feature_weight[rank] = squares[best] / total
        squares[best] = 0.0
