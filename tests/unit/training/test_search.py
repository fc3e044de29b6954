"""Tuning and selection find what is better, and the same twice."""

from models.features.extractors import WINDOW_FEATURES
from models.training.feature_selection import importances, select
from models.training.fit_model import evaluate, fit_model
from models.training.injected_faults import WINDOW_FAULTS
from models.training.recipes import RECIPES
from models.training.tuning import Trial, tune
from tests.unit.serving.made_models import noise


def test_tuning_tries_the_defaults_first_and_ends_no_worse() -> None:
    told: list[Trial] = []
    trials = tune(noise(), "one_class_svm", WINDOW_FEATURES, 1, 4, told.append)
    assert [trial.number for trial in told] == [0, 1, 2, 3]
    assert told[0].parameters == RECIPES["one_class_svm"].defaults
    assert trials[0].roc_auc == max(trial.roc_auc for trial in told) >= told[0].roc_auc
    assert tune(noise(), "one_class_svm", WINDOW_FEATURES, 1, 4, told.append) == trials


def test_an_algorithm_without_parameters_has_one_trial() -> None:
    assert len(tune(noise(), "mahalanobis", WINDOW_FEATURES, 1, 5, lambda trial: None)) == 1


def test_features_that_faults_move_are_kept() -> None:
    lost = importances(noise(), "mahalanobis", 1, {})
    assert set(lost) == set(WINDOW_FEATURES)
    kept = select(lost, 12)
    moved = {name for fault in WINDOW_FAULTS.values() for name in fault}
    assert len(kept) == 12
    assert len(set(kept) & moved) >= 11
    model = fit_model(noise(), "mahalanobis", kept, 1, {}, "x")
    assert model.columns == kept
    assert evaluate(model, noise(), 1)["injected_roc_auc"] > 0.95
