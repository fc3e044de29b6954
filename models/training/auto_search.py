"""Search over algorithms, their parameters and the features, by Optuna.

A candidate is fitted on the first of the rows and scored on the next: the share of faulty rows, injected and labelled,
beyond a threshold that FALSE_ALARM_RATE of the healthy ones exceed. The rows that judge a model later are not looked
at, labelled faults excepted.
Source: Bergstra, J., Bardenet, R., Bengio, Y. and Kégl, B. (2011), Algorithms for hyper-parameter optimization, NIPS
(the tree-structured Parzen estimator).
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.serving.lanes import SERVED_LANES
from models.training.feature_selection import importances, select
from models.training.fit_model import TrainingRows, fit_detector, with_context
from models.training.lanes import TRAINING_LANES
from models.training.ranks import auc
from models.training.recipes import RECIPES, Value
from models.training.tuning import suggested

if TYPE_CHECKING:
    import optuna

FALSE_ALARM_RATE = 0.01
KEPT_SHARES = (1.0, 0.75, 0.5, 0.33)
"""Of the features, so many of those that tell most are kept."""

_FIT_SHARE = 0.75
_RANKED_BY = "mahalanobis"
_BY_TORCH = frozenset(("lstm_autoencoder", "autoencoder"))


@dataclass(frozen=True, slots=True)
class Candidate:
    """What was tried, and what it got: `figures` hold `score` among others."""

    number: int
    algorithm: str
    parameters: dict[str, Value]
    columns: tuple[str, ...]
    figures: dict[str, float]

    @property
    def score(self) -> float:
        """Share of faulty rows that are found at FALSE_ALARM_RATE."""
        return self.figures["score"]


def algorithms(lane: str) -> tuple[str, ...]:
    """Return what can be fitted here and served in a lane."""
    most = SERVED_LANES[lane].context_rows
    known = [name for name in TRAINING_LANES[lane].algorithms if RECIPES[name].context_rows <= most]
    return tuple(name for name in known if name not in _BY_TORCH or find_spec("torch") is not None)


def search(
    data: TrainingRows,
    lane: str,
    seed: int,
    trials: int | None,
    budget_s: float | None,
    tell: Callable[[Candidate], None],
) -> list[Candidate]:
    """Return what was tried, the best first, until `trials` are done or `budget_s` is over; one is always tried.

    The first trials are the algorithms with their defaults and all features. Equal rows, seed and number of trials
    lead to equal candidates; the number that a time budget allows depends on the machine.
    """
    import optuna

    names = algorithms(lane)
    ranked = importances(data, _RANKED_BY, seed, RECIPES[_RANKED_BY].defaults)
    kept = {share: select(ranked, max(int(share * len(ranked)), 1)) for share in KEPT_SHARES}
    cut = int(_FIT_SHARE * len(data.split.fit))
    first, rest = data.split.fit[:cut], data.split.fit[cut:]
    labelled = np.flatnonzero(data.rows.fault)
    found: list[Candidate] = []

    def objective(trial: "optuna.Trial") -> float:
        algorithm = trial.suggest_categorical("algorithm", names)
        share = trial.suggest_categorical("kept_share", KEPT_SHARES)
        own = TRAINING_LANES[lane].algorithms[algorithm]
        columns = tuple(name for name in kept[share] if name in own) or own
        recipe = RECIPES[algorithm]
        parameters = suggested(trial, recipe, f"{algorithm}.")
        detector = fit_detector(data, first, algorithm, columns, seed, parameters)
        places = [data.columns.index(name) for name in columns]

        def scores(rows: NDArray[np.float64]) -> NDArray[np.float64]:
            return detector.score(np.ascontiguousarray(rows[..., places]))

        healthy_rows = with_context(data, rest, recipe.context_rows)
        healthy, faulty = scores(healthy_rows), scores(data.faulty(healthy_rows, seed + 3))
        shares = [found_share(healthy, faulty)]
        figures = {"injected_found": shares[0], "injected_roc_auc": float(np.nan_to_num(auc(healthy, faulty)))}
        if len(labelled):
            shares.append(found_share(healthy, scores(with_context(data, labelled, recipe.context_rows))))
            figures["labelled_found"] = shares[1]
        figures["score"] = float(np.mean(shares))
        found.append(Candidate(trial.number, algorithm, parameters, columns, figures))
        tell(found[-1])
        return figures["score"]

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    for name in names:
        defaults = {f"{name}.{key}": RECIPES[name].defaults[key] for key in RECIPES[name].space}
        study.enqueue_trial({"algorithm": name, "kept_share": KEPT_SHARES[0], **defaults})
    ends_at_s = inf if budget_s is None else monotonic() + budget_s

    def end_in_time(study: "optuna.Study", trial: "optuna.trial.FrozenTrial") -> None:
        if monotonic() >= ends_at_s:
            study.stop()

    study.optimize(objective, n_trials=trials, callbacks=[end_in_time])
    return sorted(found, key=lambda each: (-each.score, -each.figures["injected_roc_auc"], each.number))


def found_share(healthy: NDArray[np.float64], faulty: NDArray[np.float64]) -> float:
    """Return the share of faulty scores (m,) above what FALSE_ALARM_RATE of healthy ones (n,) exceed; NaN is missed."""
    known = healthy[np.isfinite(healthy)]
    if not len(known) or not len(faulty):
        return 0.0
    return float((faulty > np.quantile(known, 1.0 - FALSE_ALARM_RATE)).mean())
