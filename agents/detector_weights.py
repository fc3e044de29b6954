"""How much each detector of a sensor type counts, as a metric and, where it moved, in the log."""

import numpy as np
import structlog
from numpy.typing import NDArray

from agents import metrics
from models.windows.joined import DETECTORS
from models.windows.type_stage import TypeStage

log = structlog.get_logger(__name__)

_WORTH_TELLING = 0.05


class ToldWeights:
    """Tells of the weights of one partition's types."""

    def __init__(self, partition: int) -> None:
        self._partition = str(partition)
        self._told: dict[str, NDArray[np.float64]] = {}

    def tell(self, stage: TypeStage) -> None:
        """Show the weights in use of a type; those that moved since they were last told go to the log, too."""
        weights = stage.weights.in_use
        for detector, weight in zip(DETECTORS, weights.tolist(), strict=True):
            metrics.DETECTOR_WEIGHT.labels(self._partition, stage.name, detector).set(weight)
        told = self._told.setdefault(stage.name, np.full(len(DETECTORS), 1.0 / len(DETECTORS)))
        if np.abs(weights - told).max() >= _WORTH_TELLING:
            self._told[stage.name] = weights.copy()
            rounded = dict(zip(DETECTORS, weights.round(3).tolist(), strict=True))
            log.debug("detectors.weighed", partition=self._partition, sensor_type=stage.name, **rounded)
