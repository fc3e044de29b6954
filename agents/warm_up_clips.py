"""Every kernel run once that a trained model of sound scores with; what fits without a library is fitted on noise."""

import numpy as np

from models.sound.detectors.autoencoder import Autoencoder
from models.sound.detectors.gaussian_mixture import GaussianMixture
from models.sound.detectors.normal_rows import FEWEST_ROWS
from models.sound.detectors.registry import ENSEMBLE, SOUND_DETECTORS

_FITTED = (ENSEMBLE, "local_outlier_factor", "nearest_neighbours", "mahalanobis", "mfcc_isolation_forest")


def warm_up_clip_models() -> None:
    """Compile what trained models of every form score clips with."""
    rng = np.random.default_rng(1)
    for name in _FITTED:
        kind = SOUND_DETECTORS[name]
        rows = rng.normal(size=(FEWEST_ROWS, len(kind.columns)))
        kind.fit(rows, kind.columns, 1).score(rows)
    columns = ("a", "b")
    rows, two = np.zeros((1, 2)), np.zeros(2)
    GaussianMixture(columns, {"mean": rows, "factor": np.eye(2)[None], "log_weight": np.zeros(1)}).score(rows)
    layers = {f"weight_{i}": np.eye(2) for i in range(4)} | {f"bias_{i}": two for i in range(4)}
    Autoencoder(columns, layers).score(rows)
