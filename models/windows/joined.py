"""The champion beside the detectors that learn in the stream: one more p-value in the same Cauchy combination.

Each counts by how well it told faulty from healthy rows of late.
"""

import numpy as np
from numpy.typing import NDArray

from models.calibration.combination import combine_weighted
from models.detectors.type_models import DETECTORS as ONLINE_DETECTORS
from models.detectors.type_models import Judgement
from models.features.extractors import WINDOW_FEATURES
from models.serving.served_model import ServedModel

DETECTORS: tuple[str, ...] = (*ONLINE_DETECTORS, "champion")
"""In the order of the columns of scores; the champion's are NaN where none is in service."""


def exchange(judged: Judgement, other: Judgement, at: NDArray[np.int64]) -> Judgement:
    """Return a judgement of n rows with another, of the m rows `at` (m,), in the place of its own."""
    parts = []
    for name in ("scores", "p_values", "p_value", "confidence"):
        part = getattr(judged, name).copy()
        part[at] = getattr(other, name)
        parts.append(part)
    return Judgement(*parts)


def join(
    judged: Judgement, champion: ServedModel | None, rows: NDArray[np.float64], weights: NDArray[np.float64]
) -> Judgement:
    """Return the judgement of rows (n, k) with the champion's column added to scores and p-values (n, d + 1).

    The champion may be given rows (n, c + 1, k), each with those before it; `weights` (d + 1,) are those of DETECTORS.
    """
    n = len(rows)
    scores, p_values = np.full((2, n, len(DETECTORS)), np.nan)
    scores[:, :-1], p_values[:, :-1] = judged.scores, judged.p_values
    confidence = judged.confidence
    if champion is not None:
        scores[:, -1], p_values[:, -1], sure = champion.judge(rows, WINDOW_FEATURES)
        confidence = confidence + (sure - confidence) / len(DETECTORS)
    combined = np.empty(n)
    combine_weighted(p_values, weights, combined)
    return Judgement(scores, p_values, combined, confidence)
