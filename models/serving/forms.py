"""What a trained detector is in service, by algorithm: a class that arrays alone make."""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.detectors.half_space_trees import HalfSpaceTrees
from models.detectors.isolation_forest import IsolationForest
from models.detectors.mahalanobis import Mahalanobis
from models.detectors.neighbours import Neighbours
from models.detectors.row_detector import Arrays
from models.serving.member_ensemble import MemberEnsemble
from models.serving.rbf_expansion import RbfExpansion
from models.serving.sequence_autoencoder import SequenceAutoencoder
from models.serving.tree_forecast import TreeForecast
from models.sound.detectors.registry import SOUND_DETECTORS


class ServedDetector(Protocol):
    """A fitted judge of feature rows; its arrays are all that it is."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The k columns of a row."""

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how strange each row is (n,), higher is stranger, NaN where it cannot say.

        `x` is (n, k), or (n, c + 1, k) where the algorithm wants the c rows of the sensor before each.
        """

    def arrays(self) -> Arrays:
        """Return the arrays by name."""


FromArrays = Callable[[tuple[str, ...], Mapping[str, NDArray[np.generic]]], ServedDetector]

FORMS: dict[str, FromArrays] = {
    "isolation_forest": IsolationForest.from_arrays,
    "half_space_trees": HalfSpaceTrees.from_arrays,
    "mahalanobis": Mahalanobis.from_arrays,
    "neighbours": Neighbours.from_arrays,
    "one_class_svm": RbfExpansion.from_arrays,
    "lightgbm_forecast": TreeForecast.from_arrays,
    "lstm_autoencoder": SequenceAutoencoder.from_arrays,
    "ensemble": MemberEnsemble.from_arrays,
    **{name: kind.of.from_arrays for name, kind in SOUND_DETECTORS.items()},
}
