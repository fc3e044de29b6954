"""Which features tell most of a strange window: by what the row's p-value owes to each of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.detectors.type_models import TypeModels
from models.windows.transition import TOP_FEATURES


def explain(
    models: TypeModels,
    z: NDArray[np.float64],
    features: NDArray[np.float64],
    usual: NDArray[np.float64],
    transition: Any,
) -> None:
    """Write the top features of a row into a WINDOW_TRANSITION; z, features and their usual values are (k,).

    A weight is the feature's share of all decades of the p-value; where these say nothing, of the squared deviations.
    """
    weights = np.nan_to_num(models.explain(z), nan=0.0, posinf=0.0, neginf=0.0).clip(min=0.0)
    if not weights.any():
        weights = np.nan_to_num(z, nan=0.0) ** 2
    order = np.argsort(-weights, kind="stable")[:TOP_FEATURES]
    total = float(weights.sum())
    transition["feature"] = -1
    for rank, j in enumerate(order.tolist()):
        if weights[j] <= 0.0:
            break
        transition["feature"][rank] = j
        transition["feature_value"][rank] = features[j]
        transition["feature_expected"][rank] = usual[j]
        transition["feature_weight"][rank] = weights[j] / total
