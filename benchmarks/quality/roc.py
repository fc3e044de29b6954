"""How well a score parts faulty things from healthy ones, over all thresholds."""

import numpy as np
from numpy.typing import NDArray

from schemas.errors import BadDataError


def area(faulty: NDArray[np.bool_], score: NDArray[np.float64], largest_rate: float = 1.0) -> float:
    """Return the area under the curve of hits over false alarms up to a rate of false alarms.

    0.5 is chance and 1 perfect, for a part of the curve too; ties count half. Raises BadDataError where one of the two
    classes is missing or a score is NaN. Source: McClish, D. K. (1989), Analyzing a portion of the ROC curve, Medical
    Decision Making 9(3).
    """
    if faulty.all() or not faulty.any() or np.isnan(score).any():
        raise BadDataError("A curve needs healthy and faulty things, each with a score; restore the data.")
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.diff(score[order], append=-np.inf))
    hits = np.concatenate([[0.0], np.cumsum(faulty[order])[last] / faulty.sum()])
    alarms = np.concatenate([[0.0], np.cumsum(~faulty[order])[last] / (~faulty).sum()])
    inside = alarms < largest_rate
    x = np.append(alarms[inside], largest_rate)
    y = np.append(hits[inside], np.interp(largest_rate, alarms, hits))
    chance = 0.5 * largest_rate**2
    return 0.5 * (1.0 + (float(np.trapezoid(y, x)) - chance) / (largest_rate - chance))
