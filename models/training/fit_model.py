"""From rows to a calibrated model with its figures: the same rows, seed and parameters give the same arrays."""

from dataclasses import dataclass
from math import inf
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from models.calibration.score_calibration import FIRST_P_SCORES, ScoreCalibration
from models.serving.forms import ServedDetector
from models.serving.lanes import SERVED_LANES
from models.serving.served_model import ServedModel
from models.training.evaluation import detection_metrics, finite, healthy_metrics, of_each_kind, stability
from models.training.feature_rows import FeatureRows
from models.training.injected_faults import Faults, inject
from models.training.lanes import TRAINING_LANES
from models.training.recipes import RECIPES, Parameters, Recipe
from models.training.split import Split, split_by_time
from models.windows.type_stage import CHUNK_ROWS
from schemas.errors import BadDataError

FEWEST_ROWS = 400
"""Usable rows that training wants at least: a fifth of them calibrates, and p-values want FIRST_P_SCORES of those."""


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Standardised rows `z` (n, k) of `columns` of a lane; `split` tells which of them may teach.

    `faults` are those that show in such rows.
    """

    rows: FeatureRows
    z: NDArray[np.float64]
    split: Split
    columns: tuple[str, ...]
    faults: Faults

    def faulty(self, rows: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
        """Return copies of rows (n, k), or (n, c + 1, k), with faults put in."""
        return inject(rows, seed, self.columns, self.faults)


def training_rows(
    rows: FeatureRows, z: NDArray[np.float64], usable: NDArray[np.bool_], lane: str = "readings"
) -> TrainingRows:
    """Return standardised rows of a lane split by time; raises BadDataError where too few are usable."""
    if usable.sum() < FEWEST_ROWS:
        raise BadDataError(
            f"Of {len(rows)} feature rows {int(usable.sum())} may teach a model, fewer than {FEWEST_ROWS}; "
            "give a longer range of healthy data, or wait until sensors have learned."
        )
    split = split_by_time(rows.ts_us, usable)
    return TrainingRows(rows, z, split, SERVED_LANES[lane].columns, TRAINING_LANES[lane].faults)


def fit_detector(
    data: TrainingRows,
    places: NDArray[np.int64],
    algorithm: str,
    columns: tuple[str, ...],
    seed: int,
    parameters: Parameters,
) -> ServedDetector:
    """Return the algorithm fitted on the rows at `places`, by `columns` of theirs alone."""
    return RECIPES[algorithm].fit(_rows(data, places, RECIPES[algorithm], columns), columns, seed, parameters)


def fit_model(
    data: TrainingRows, algorithm: str, columns: tuple[str, ...], seed: int, parameters: Parameters, name: str = ""
) -> ServedModel:
    """Return the model fitted on the first rows and calibrated on the next; its version is not known yet."""
    recipe = RECIPES[algorithm]
    detector = fit_detector(data, data.split.fit, algorithm, columns, seed, parameters)
    scores = detector.score(_rows(data, data.split.calibration, recipe, columns))
    calibration = ScoreCalibration.empty(seed)
    n = len(scores)
    calibration.advance(scores, np.ones(n, np.bool_), np.empty(n), np.empty(n))
    if np.isfinite(scores).sum() < FIRST_P_SCORES:
        raise BadDataError(
            f"Only {int(np.isfinite(scores).sum())} rows calibrate {algorithm}, fewer than {FIRST_P_SCORES}; "
            "give a longer range of data."
        )
    return ServedModel(name, "0", algorithm, columns, detector, calibration, recipe.context_rows)


def evaluate(model: ServedModel, data: TrainingRows, seed: int) -> dict[str, float]:
    """Return the figures of a model on the last rows, which neither fitted nor calibrated it."""
    test = data.split.test
    rows = with_context(data, test, model.context_rows)
    scores, p_values, _ = model.judge(rows, data.columns)
    metrics = healthy_metrics(p_values, data.rows.sensor[test], data.rows.ts_us[test])
    injected = model.judge(data.faulty(rows, seed), data.columns)
    for name, value in detection_metrics((scores, p_values), injected[:2]).items():
        metrics[f"injected_{name}"] = value
    metrics |= of_each_kind((scores, p_values), injected[:2], list(data.faults))
    faulty = np.flatnonzero(data.rows.fault)
    if len(faulty):
        labelled = model.judge(with_context(data, faulty, model.context_rows), data.columns)
        metrics |= detection_metrics((scores, p_values), labelled[:2])
    return finite(metrics)


def measure_stability(model: ServedModel, data: TrainingRows, seed: int, parameters: Parameters) -> dict[str, float]:
    """Return how alike a second model, of half of the rows and another seed, orders the last rows."""
    half = data.split.fit[::2]
    other = fit_detector(data, half, model.algorithm, model.columns, seed + 1, parameters)
    test = _rows(data, data.split.test, RECIPES[model.algorithm], model.columns)
    return finite({"stability": stability(model.detector.score(test), other.score(test))})


def measure_latency(model: ServedModel, data: TrainingRows) -> dict[str, float]:
    """Return what a row costs in a chunk as workers judge them, in µs; the fastest of a few."""
    rows = with_context(data, data.split.test[:CHUNK_ROWS], model.context_rows)
    best_s = inf
    for _ in range(5):
        started_s = perf_counter()
        model.judge(rows, data.columns)
        best_s = min(best_s, perf_counter() - started_s)
    return {"latency_us_per_row": best_s * 1e6 / len(rows)}


def with_context(data: TrainingRows, places: NDArray[np.int64], context_rows: int) -> NDArray[np.float64]:
    """Return rows (n, k), or (n, c + 1, k) with the c rows of the sensor before each, NaN where there are none."""
    if not context_rows:
        return data.z[places]
    history = places_before(data.rows.sensor, context_rows)[places]
    rows = data.z[history]
    rows[history < 0] = np.nan
    return rows


def places_before(sensor: NDArray[np.int64], context_rows: int) -> NDArray[np.int64]:
    """Return for each row (n, c + 1) the places of the c rows of its `sensor` (n,) before it and its own; −1: none."""
    found = np.full((len(sensor), context_rows + 1), -1)
    found[:, -1] = np.arange(len(sensor))
    for number in np.unique(sensor).tolist():
        own = np.flatnonzero(sensor == number)
        for back in range(1, context_rows + 1):
            found[own[back:], context_rows - back] = own[:-back]
    return found


def _rows(
    data: TrainingRows, places: NDArray[np.int64], recipe: Recipe, columns: tuple[str, ...]
) -> NDArray[np.float64]:
    chosen = [data.columns.index(name) for name in columns]
    return np.ascontiguousarray(with_context(data, places, recipe.context_rows)[..., chosen])
