"""Which features tell faulty from healthy rows: by what is lost when one is shuffled among the rows.

Source: Breiman, L. (2001), Random forests, Machine Learning 45 (permutation importance).
"""

import numpy as np
from numpy.typing import NDArray

from models.training.fit_model import TrainingRows, fit_detector, with_context
from models.training.ranks import auc
from models.training.recipes import RECIPES, Parameters

_REPEATS = 3


def importances(
    data: TrainingRows, algorithm: str, seed: int, parameters: Parameters, columns: tuple[str, ...] | None = None
) -> dict[str, float]:
    """Return by feature, of `columns` or all, the ROC-AUC that shuffling it loses.

    Fitted on the first rows and measured on the next.
    """
    recipe, columns = RECIPES[algorithm], columns or data.columns
    places = [data.columns.index(name) for name in columns]
    detector = fit_detector(data, data.split.fit, algorithm, columns, seed, parameters)
    healthy = with_context(data, data.split.calibration, recipe.context_rows)
    n = len(healthy)
    rows = np.ascontiguousarray(np.concatenate([healthy, data.faulty(healthy, seed + 2)])[..., places])

    def worth(of: NDArray[np.float64]) -> float:
        scores = detector.score(of)
        return auc(scores[:n], scores[n:])

    whole = worth(rows)
    rng = np.random.default_rng(seed)
    lost = {}
    for place, name in enumerate(columns):
        # Among healthy and faulty rows alike, so that the feature no longer tells which is which.
        found = [worth(_shuffled(rows, place, rng.permutation(2 * n))) for _ in range(_REPEATS)]
        lost[name] = whole - float(np.mean(found))
    return lost


def select(lost: dict[str, float], count: int) -> tuple[str, ...]:
    """Return the `count` features of which most is lost, in their own order."""
    names = list(lost)
    best = sorted(names, key=lambda name: -lost[name])[:count]
    return tuple(name for name in names if name in best)


def _shuffled(rows: NDArray[np.float64], place: int, order: NDArray[np.int64]) -> NDArray[np.float64]:
    moved = rows.copy()
    moved[..., place] = rows[order][..., place]
    return moved
