"""Search for better parameters by Optuna: fitted on the first of the rows, judged on the next with faults put in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.training.fit_model import TrainingRows, fit_detector, with_context
from models.training.ranks import auc
from models.training.recipes import RECIPES, Recipe, Value

if TYPE_CHECKING:
    import optuna

_FIT_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Trial:
    """One set of parameters and the ROC-AUC that it got."""

    number: int
    parameters: dict[str, Value]
    roc_auc: float


def tune(
    data: TrainingRows, algorithm: str, columns: tuple[str, ...], seed: int, trials: int, tell: Callable[[Trial], None]
) -> list[Trial]:
    """Return `trials` trials, the best first; the first tries the defaults.

    The rows that judge a model later are not looked at. An algorithm without parameters has one trial.
    """
    import optuna

    recipe = RECIPES[algorithm]
    cut = int(_FIT_SHARE * len(data.split.fit))
    first, rest = data.split.fit[:cut], data.split.fit[cut:]
    places = [data.columns.index(name) for name in columns]
    healthy = with_context(data, rest, recipe.context_rows)
    faulty = data.faulty(healthy, seed + 1)[..., places]
    healthy = healthy[..., places]
    found: list[Trial] = []

    def objective(trial: "optuna.Trial") -> float:
        parameters = suggested(trial, recipe)
        detector = fit_detector(data, first, algorithm, columns, seed, parameters)
        roc_auc = auc(detector.score(healthy), detector.score(faulty))
        found.append(Trial(trial.number, parameters, float(np.nan_to_num(roc_auc))))
        tell(found[-1])
        return found[-1].roc_auc

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    if recipe.space:
        study.enqueue_trial({name: recipe.defaults[name] for name in recipe.space})
    study.optimize(objective, n_trials=trials if recipe.space else 1)
    return sorted(found, key=lambda trial: -trial.roc_auc)


def suggested(trial: "optuna.Trial", recipe: Recipe, prefix: str = "") -> dict[str, Value]:
    """Return the parameters of a recipe, those of its space as a trial suggests them under `prefix` and name."""
    parameters: dict[str, Value] = dict(recipe.defaults)
    for name, span in recipe.space.items():
        if span.whole:
            parameters[name] = trial.suggest_int(prefix + name, int(span.low), int(span.high), log=span.log)
        else:
            parameters[name] = trial.suggest_float(prefix + name, span.low, span.high, log=span.log)
    return parameters
