"""The detectors of sound, each with what it takes and how it is fitted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.detectors.mahalanobis import Mahalanobis, fit_mahalanobis
from models.detectors.row_detector import RowDetector
from models.sound.detectors.autoencoder import Autoencoder, fit_autoencoder
from models.sound.detectors.gaussian_mixture import GaussianMixture, fit_gaussian_mixture
from models.sound.detectors.local_outlier_factor import LocalOutlierFactor, fit_local_outlier_factor
from models.sound.detectors.local_reconstruction import (
    LocalReconstruction,
    fit_local_reconstruction,
    fit_reconstruction_ensemble,
)
from models.sound.detectors.mfcc_isolation_forest import MFCC_COLUMNS, MfccIsolationForest, fit_mfcc_isolation_forest
from models.sound.detectors.nearest_neighbours import NearestNeighbours, fit_nearest_neighbours
from models.sound.profile import PROFILE_COLUMNS

Fit: TypeAlias = Callable[[NDArray[np.float64], tuple[str, ...], int], RowDetector]


@dataclass(frozen=True, slots=True)
class SoundDetector:
    """`fit` takes normal rows (n, k) of `columns`, their names and a seed; `of` is the class that it returns."""

    columns: tuple[str, ...]
    of: type[RowDetector]
    fit: Fit


ENSEMBLE = "reconstruction_ensemble"
"""What judges sound unless another is chosen."""

SOUND_DETECTORS: dict[str, SoundDetector] = {
    ENSEMBLE: SoundDetector(PROFILE_COLUMNS, LocalReconstruction, fit_reconstruction_ensemble),
    "local_reconstruction": SoundDetector(PROFILE_COLUMNS, LocalReconstruction, fit_local_reconstruction),
    "local_outlier_factor": SoundDetector(PROFILE_COLUMNS, LocalOutlierFactor, fit_local_outlier_factor),
    "nearest_neighbours": SoundDetector(PROFILE_COLUMNS, NearestNeighbours, fit_nearest_neighbours),
    "mahalanobis": SoundDetector(PROFILE_COLUMNS, Mahalanobis, fit_mahalanobis),
    "gaussian_mixture": SoundDetector(PROFILE_COLUMNS, GaussianMixture, fit_gaussian_mixture),
    "autoencoder": SoundDetector(PROFILE_COLUMNS, Autoencoder, fit_autoencoder),
    "mfcc_isolation_forest": SoundDetector(MFCC_COLUMNS, MfccIsolationForest, fit_mfcc_isolation_forest),
}
