"""What is fitted: the algorithm with its parameters and columns, searched for where the plan wants that."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.training.fit_model import TrainingRows
from models.training.lanes import TRAINING_LANES
from models.training.recipes import RECIPES, Value
from stream_app.training.plan import AUTO, Plan

if TYPE_CHECKING:
    from connectors.model_registry.registry import Registry
    from models.training.auto_search import Candidate

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Chosen:
    """An algorithm with parameters and columns; `figures` of the search that led to it."""

    algorithm: str
    parameters: dict[str, Value]
    columns: tuple[str, ...]
    figures: dict[str, float] = field(default_factory=dict)


def choose(plan: Plan, data: TrainingRows, registry: "Registry", run_id: str, say: Say) -> Chosen:
    """Return what a plan names, tuned and selected where it wants that, or the best of all where it is `auto`."""
    if plan.algorithm == AUTO:
        return _best_of_all(plan, data, registry, run_id, say)
    from models.training.feature_selection import importances, select
    from models.training.tuning import tune

    parameters: dict[str, Value] = dict(RECIPES[plan.algorithm].defaults)
    columns = TRAINING_LANES[plan.lane].algorithms[plan.algorithm]
    figures: dict[str, float] = {}
    if plan.select is not None:
        lost = importances(data, plan.algorithm, plan.seed, parameters, columns)
        columns = select(lost, plan.select)
        figures |= {f"importance_{name}": value for name, value in lost.items()}
        say(f"kept {len(columns)} of {len(lost)} features: {', '.join(columns)}")
    if plan.tune:
        trials = tune(
            data, plan.algorithm, columns, plan.seed, plan.tune,
            lambda trial: say(f"trial {trial.number}: ROC-AUC {trial.roc_auc:.4f} {trial.parameters}"),
        )  # fmt: skip
        parameters = trials[0].parameters
        figures |= {f"trial_{trial.number}_roc_auc": trial.roc_auc for trial in trials}
    return Chosen(plan.algorithm, parameters, columns, figures)


def _best_of_all(plan: Plan, data: TrainingRows, registry: "Registry", run_id: str, say: Say) -> Chosen:
    from models.training.auto_search import search

    def tell(candidate: "Candidate") -> None:
        say(
            f"trial {candidate.number}: {candidate.algorithm} finds {candidate.score:.4f} "
            f"with {len(candidate.columns)} features, {candidate.parameters}"
        )
        child = registry.begin_run(f"trial {candidate.number} {candidate.algorithm}", {"trial": "true"}, run_id)
        told = {"algorithm": candidate.algorithm, "features": len(candidate.columns), **candidate.parameters}
        registry.log(child, told, candidate.figures)
        registry.end_run(child, True)

    found = search(data, plan.lane, plan.seed, plan.trials, plan.budget_s, tell)
    best = found[0]
    say(f"trial {best.number} of {len(found)} is the best: {best.algorithm}")
    return Chosen(best.algorithm, best.parameters, best.columns, {**best.figures, "trials": float(len(found))})
