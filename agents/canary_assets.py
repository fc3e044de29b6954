"""Which rows of a batch the canary of their sensor type judges: those of its share of the assets."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.promotion.canary_share import is_canary_asset
from models.serving.of_type import InService


def rows_by_canary(
    stages: Sequence[InService], types: NDArray[np.int64], asset_of: Callable[[int], str]
) -> NDArray[np.bool_]:
    """Return which of n rows a canary judges; `types` (n,) are places in `stages`, `asset_of(i)` is the asset of i."""
    found = np.zeros(len(types), np.bool_)
    for number, stage in enumerate(stages):
        model = stage.canary
        if model is not None:
            for at in np.flatnonzero(types == number).tolist():
                found[at] = is_canary_asset(asset_of(at), model.name, model.version, stage.canary_share)
    return found
