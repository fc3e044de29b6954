"""A One-Class SVM fitted by scikit-learn: exactly on few rows, by Nyström's map and gradient descent on many."""

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import standard_rows
from models.serving.rbf_expansion import RbfExpansion

FEW_ROWS = 1500
"""Up to so many rows the exact solution costs seconds, and keeps few of them."""

COMPONENTS = 128


def fit_one_class_svm(
    x: NDArray[np.float64], columns: tuple[str, ...], seed: int, *, nu: float, gamma_factor: float
) -> RbfExpansion:
    """Return the machine fitted on rows (n, k), of which a share of about `nu` is taken for strange.

    The bumps have 1 / (k · variance) · `gamma_factor` for their narrowness.
    """
    standard, judged = standard_rows(x, columns)
    rows = standard[judged].astype(np.float64)
    gamma = gamma_factor / (rows.shape[1] * max(float(rows.var()), 1e-12))
    centres, weights = (_exact if len(rows) <= FEW_ROWS else _nystroem)(rows, gamma, nu, seed)
    return RbfExpansion(columns, {"centres": centres, "weights": weights, "gamma": np.array([gamma])})


def _exact(
    rows: NDArray[np.float64], gamma: float, nu: float, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from sklearn.svm import OneClassSVM

    fitted = OneClassSVM(kernel="rbf", gamma=gamma, nu=nu).fit(rows)
    return fitted.support_vectors_, fitted.dual_coef_[0]


def _nystroem(
    rows: NDArray[np.float64], gamma: float, nu: float, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from sklearn.kernel_approximation import Nystroem
    from sklearn.linear_model import SGDOneClassSVM

    features = Nystroem(gamma=gamma, n_components=COMPONENTS, random_state=seed).fit(rows)
    fitted = SGDOneClassSVM(nu=nu, random_state=seed, tol=1e-6).fit(features.transform(rows))
    # The linear machine sees bumps @ normalisation.T: its weights fold into those of the bumps.
    return features.components_, fitted.coef_ @ features.normalization_
