"""What a fitted model is worth on rows that it never saw: false alarms, calibration, detection, stability."""

from collections.abc import Callable, Sequence
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from models.training.ranks import auc, rank_correlation

STRANGE_P = 3e-3
"""A row less likely than this is strange; so many in a row as HOLD_ROWS are an alarm."""

HOLD_ROWS = 5
_HOUR_US = 3_600_000_000.0
_OF_KIND = "injected_"

Judge = Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""Rows (n, k) to scores and p-values (n,)."""


def false_alarms(p_values: NDArray[np.float64], sensor: NDArray[np.int64]) -> int:
    """Return how often HOLD_ROWS rows of one sensor in a row are strange; rows (n,) in order of time."""
    alarms = 0
    for number in np.unique(sensor).tolist():
        strange = p_values[sensor == number] < STRANGE_P
        run = 0
        for one in strange.tolist():
            run = run + 1 if one else 0
            alarms += run == HOLD_ROWS
    return alarms


def healthy_metrics(
    p_values: NDArray[np.float64], sensor: NDArray[np.int64], ts_us: NDArray[np.int64]
) -> dict[str, float]:
    """Return what the p-values (n,) of healthy rows say: false alarms, and how far they are from what they claim.

    `calibration_ratio` is the share of strange rows against the share that p-values promise: 1 is right.
    """
    known = np.isfinite(p_values)
    p, of, ts = p_values[known], sensor[known], ts_us[known]
    hours = sum(float(np.ptp(ts[of == number])) for number in np.unique(of)) / _HOUR_US
    alarms = false_alarms(p, of)
    strange = float((p < 0.01).mean()) if len(p) else 0.0
    return {
        "false_alarms": float(alarms),
        "false_alarms_per_sensor_hour": alarms / hours if hours > 0.0 else 0.0,
        "calibration_ratio": strange / 0.01,
        "judged_share": float(known.mean()) if len(known) else 0.0,
    }


def detection_metrics(
    healthy: tuple[NDArray[np.float64], NDArray[np.float64]], faulty: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> dict[str, float]:
    """Return ROC-AUC of the scores, and precision, recall and F1 at STRANGE_P; each part is scores and p-values."""
    hits, false = float((faulty[1] < STRANGE_P).sum()), float((healthy[1] < STRANGE_P).sum())
    precision = hits / (hits + false) if hits + false else 0.0
    recall = hits / len(faulty[1]) if len(faulty[1]) else 0.0
    return {
        "roc_auc": auc(healthy[0], faulty[0]),
        "precision": precision,
        "recall": recall,
        "f1": 2.0 * precision * recall / (precision + recall) if precision + recall else 0.0,
    }


def of_each_kind(
    healthy: tuple[NDArray[np.float64], NDArray[np.float64]],
    faulty: tuple[NDArray[np.float64], NDArray[np.float64]],
    kinds: Sequence[str],
) -> dict[str, float]:
    """Return ROC-AUC and recall of each of k kinds of injected faults; row i of `faulty` has one of kind i modulo k.

    All together do not show what a model is blind to where it is good at the rest.
    """
    found: dict[str, float] = {}
    for at, kind in enumerate(kinds):
        metrics = detection_metrics(healthy, (faulty[0][at :: len(kinds)], faulty[1][at :: len(kinds)]))
        found |= {f"{_OF_KIND}{kind}_{name}": metrics[name] for name in ("roc_auc", "recall")}
    return found


def is_of_kind(name: str, metric: str) -> bool:
    """Whether a figure is that metric of one kind of fault alone."""
    return name.startswith(_OF_KIND) and name.endswith(f"_{metric}") and name != f"{_OF_KIND}{metric}"


def stability(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the rank correlation of two models' scores (n,) of the same rows: 1 where both order them alike."""
    return rank_correlation(one, other)


def finite(metrics: dict[str, float]) -> dict[str, float]:
    """Return the metrics that are numbers."""
    return {name: value for name, value in metrics.items() if isfinite(value)}
