"""The search over everything: same seed and number of trials, same candidates; it tries each algorithm first."""

from models.features.extractors import WINDOW_FEATURES
from models.training.auto_search import KEPT_SHARES, Candidate, algorithms, search
from models.training.recipes import RECIPES
from tests.unit.serving.made_models import noise

LANE = "readings"


def test_every_algorithm_is_tried_with_its_defaults_first_then_others() -> None:
    told: list[Candidate] = []
    known = len(algorithms(LANE))
    found = search(noise(), LANE, 1, known + 2, None, told.append)
    assert [each.number for each in told] == list(range(known + 2))
    assert [each.algorithm for each in told[:known]] == list(algorithms(LANE))
    assert all(each.parameters == RECIPES[each.algorithm].defaults for each in told[:known])
    assert all(each.columns == WINDOW_FEATURES for each in told[:known])
    assert found[0].score == max(each.score for each in told) > 0.8
    assert search(noise(), LANE, 1, known + 2, None, lambda candidate: None) == found
    assert {len(each.columns) for each in told} <= {int(share * len(WINDOW_FEATURES)) for share in KEPT_SHARES}


def test_a_budget_of_time_ends_it_after_the_trial_at_hand() -> None:
    found = search(noise(), LANE, 1, None, 1e-6, lambda candidate: None)
    assert len(found) == 1
