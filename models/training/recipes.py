"""How each algorithm is fitted: its function, its parameters with their defaults, and where tuning may look."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.detectors.half_space_trees import fit_half_space_trees
from models.detectors.isolation_forest import fit_isolation_forest
from models.detectors.mahalanobis import fit_mahalanobis
from models.detectors.neighbours import fit_neighbours
from models.serving.forms import ServedDetector
from models.sound.detectors.registry import SOUND_DETECTORS
from models.sound.detectors.registry import Fit as FitSound
from models.training.ensemble import fit_ensemble
from models.training.lightgbm_forecast import fit_lightgbm_forecast
from models.training.lstm_autoencoder import fit_lstm_autoencoder
from models.training.one_class_svm import fit_one_class_svm

Value = float | int | str | bool | None
Parameters = Mapping[str, Value]


class Fit(Protocol):
    """Fits an algorithm; equal rows, seed and parameters give equal arrays."""

    def __call__(
        self, rows: NDArray[np.float64], columns: tuple[str, ...], seed: int, parameters: Parameters
    ) -> ServedDetector:
        """Return the detector fitted on rows (n, k), or (n, c + 1, k) where the recipe wants context."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where tuning looks for a number: from `low` to `high`, evenly or evenly in its logarithm."""

    low: float
    high: float
    log: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """One algorithm; `context_rows` rows of the sensor before each go with it."""

    fit: Fit
    defaults: dict[str, Value] = field(default_factory=dict)
    space: dict[str, Span] = field(default_factory=dict)
    context_rows: int = 0


def _isolation_forest(
    rows: NDArray[np.float64], columns: tuple[str, ...], seed: int, parameters: Parameters
) -> ServedDetector:
    trees, subsample = int(parameters["trees"] or 0), int(parameters["subsample"] or 0)
    return fit_isolation_forest(rows, columns, seed, trees=trees, subsample=subsample)


def _half_space_trees(
    rows: NDArray[np.float64], columns: tuple[str, ...], seed: int, parameters: Parameters
) -> ServedDetector:
    return fit_half_space_trees(rows, columns, seed)


def _mahalanobis(
    rows: NDArray[np.float64], columns: tuple[str, ...], seed: int, parameters: Parameters
) -> ServedDetector:
    return fit_mahalanobis(rows, columns, seed)


def _neighbours(
    rows: NDArray[np.float64], columns: tuple[str, ...], seed: int, parameters: Parameters
) -> ServedDetector:
    return fit_neighbours(rows, columns, seed)


def _one_class_svm(
    rows: NDArray[np.float64], columns: tuple[str, ...], seed: int, parameters: Parameters
) -> ServedDetector:
    nu, gamma_factor = float(parameters["nu"] or 0.0), float(parameters["gamma_factor"] or 0.0)
    return fit_one_class_svm(rows, columns, seed, nu=nu, gamma_factor=gamma_factor)


def _lightgbm_forecast(
    rows: NDArray[np.float64], columns: tuple[str, ...], seed: int, parameters: Parameters
) -> ServedDetector:
    trees, leaves = int(parameters["trees"] or 0), int(parameters["leaves"] or 0)
    return fit_lightgbm_forecast(rows, columns, seed, trees=trees, leaves=leaves, rate=float(parameters["rate"] or 0.0))


def _lstm_autoencoder(
    rows: NDArray[np.float64], columns: tuple[str, ...], seed: int, parameters: Parameters
) -> ServedDetector:
    return fit_lstm_autoencoder(
        rows,
        columns,
        seed,
        cells=int(parameters["cells"] or 0),
        epochs=int(parameters["epochs"] or 0),
        rate=float(parameters["rate"] or 0.0),
        quantise=bool(parameters["quantise"]),
    )


def _ensemble(rows: NDArray[np.float64], columns: tuple[str, ...], seed: int, parameters: Parameters) -> ServedDetector:
    return fit_ensemble(rows, columns, seed)


def _of_sound(fit: FitSound) -> Fit:
    def fit_rows(
        rows: NDArray[np.float64], columns: tuple[str, ...], seed: int, parameters: Parameters
    ) -> ServedDetector:
        return fit(rows, columns, seed)

    return fit_rows


RECIPES: dict[str, Recipe] = {
    "isolation_forest": Recipe(
        _isolation_forest,
        {"trees": 100, "subsample": 256},
        {"trees": Span(50, 200, whole=True), "subsample": Span(64, 512, log=True, whole=True)},
    ),
    "half_space_trees": Recipe(_half_space_trees),
    "mahalanobis": Recipe(_mahalanobis),
    "neighbours": Recipe(_neighbours),
    "one_class_svm": Recipe(
        _one_class_svm,
        {"nu": 0.05, "gamma_factor": 0.2},
        {"nu": Span(0.005, 0.2, log=True), "gamma_factor": Span(0.02, 2.0, log=True)},
    ),
    "lightgbm_forecast": Recipe(
        _lightgbm_forecast,
        {"trees": 40, "leaves": 8, "rate": 0.1},
        {"trees": Span(10, 80, whole=True), "leaves": Span(4, 31, whole=True), "rate": Span(0.02, 0.3, log=True)},
        context_rows=3,
    ),
    "lstm_autoencoder": Recipe(
        _lstm_autoencoder,
        {"cells": 16, "epochs": 30, "rate": 0.005, "quantise": True},
        {"cells": Span(4, 32, log=True, whole=True), "rate": Span(0.001, 0.02, log=True)},
        context_rows=7,
    ),
    "ensemble": Recipe(_ensemble),
}
OF_ROWS: tuple[str, ...] = tuple(RECIPES)
"""What judges any rows; the rest knows the profiles of sound."""

RECIPES |= {name: Recipe(_of_sound(kind.fit)) for name, kind in SOUND_DETECTORS.items() if name not in RECIPES}
