"""The members of an ensemble, fitted on the first of the rows and calibrated on the rest."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from models.calibration.score_calibration import ScoreCalibration
from models.detectors.isolation_forest import fit_isolation_forest
from models.detectors.mahalanobis import fit_mahalanobis
from models.detectors.neighbours import fit_neighbours
from models.detectors.row_detector import RowDetector
from models.serving.member_ensemble import MemberEnsemble

FIT_SHARE = 0.7
_FITS: dict[str, Callable[[NDArray[np.float64], tuple[str, ...], int], RowDetector]] = {
    "isolation_forest": fit_isolation_forest,
    "mahalanobis": fit_mahalanobis,
    "neighbours": fit_neighbours,
}


def fit_ensemble(x: NDArray[np.float64], columns: tuple[str, ...], seed: int) -> MemberEnsemble:
    """Return the ensemble fitted on rows (n, k) in order of time."""
    n = int(FIT_SHARE * len(x))
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, fit in _FITS.items():
        member = fit(x[:n], columns, seed)
        calibration = ScoreCalibration.empty(seed)
        scores = member.score(x[n:])
        calibration.advance(scores, np.ones(len(scores), np.bool_), np.empty(len(scores)), np.empty(len(scores)))
        arrays |= {f"{name}.{key}": array for key, array in member.arrays().items()}
        arrays |= {f"{name}.calibration.{key}": array for key, array in calibration.arrays().items()}
    return MemberEnsemble(columns, arrays)
