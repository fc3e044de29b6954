"""Weights of detectors: bounded, back from bytes, and against a detector that is spoiled."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.calibration.combination import combine_rows, combine_weighted
from models.calibration.member_weights import LEAST, MOST, MemberWeights, bounded
from models.features.extractors import WINDOW_FEATURES
from models.training.injected_faults import inject
from models.training.ranks import auc
from models.windows.joined import DETECTORS
from models.windows.type_stage import TypeStage
from schemas.errors import BadDataError
from tests.unit.serving.made_models import fitted

K = len(WINDOW_FEATURES)


@settings(deadline=None)
@given(st.lists(st.floats(1e-9, 1e9), min_size=2, max_size=12))
def test_bounded_weights_keep_bounds_sum_and_order(raw: list[float]) -> None:
    weights = bounded(np.array(raw))
    assert weights.sum() == pytest.approx(1.0)
    assert weights.min() >= LEAST - 1e-12
    assert weights.max() <= MOST + 1e-12
    order = np.argsort(raw, kind="stable")
    assert (np.diff(weights[order]) >= -1e-12).all()


def test_equal_weights_are_the_plain_combination() -> None:
    p_values = np.random.default_rng(1).uniform(size=(200, 4))
    p_values[::7, 1] = np.nan
    plain, weighted = np.empty((2, 200))
    combine_rows(p_values, plain)
    combine_weighted(p_values, np.full(4, 0.25), weighted)
    np.testing.assert_allclose(weighted, plain)


def test_a_p_value_of_little_weight_only_grows_and_false_alarms_stay_right() -> None:
    uniform = np.random.default_rng(2).uniform(size=(100_000, 1))
    # Fully dependent, so that only the weights can make them wrong.
    p_values, combined = np.repeat(uniform, 5, axis=1), np.empty(100_000)
    combine_weighted(p_values, np.array([0.05, 0.05, 0.1, 0.2, 0.6]), combined)
    for p in (0.05, 0.01, 0.0025):
        assert (combined < p).mean() <= 1.1 * p


def test_weights_come_back_from_bytes_and_a_state_of_others_is_refused() -> None:
    weights, rng = MemberWeights(5), np.random.default_rng(3)
    weights.watch(rng.uniform(size=(300, 5)) ** np.arange(1, 6), rng.random(300) < 0.1)
    weights.settle()
    again = MemberWeights(5)
    again.restore(weights.pack())
    assert again.pack() == weights.pack()
    with pytest.raises(BadDataError, match="weights"):
        MemberWeights(4).restore(weights.pack())


class Spoiled:
    """A detector whose scores have nothing to do with the rows."""

    columns = WINDOW_FEATURES

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        # Another number for each row, the same for the same row; large for many.
        drawn: NDArray[np.float64] = np.abs(np.sin(1e6 * np.nansum(x, axis=-1))) ** 0.3 * 9.0
        return drawn

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        return {}


def judged(stage: TypeStage, seed: int, spoiled: bool = False) -> tuple[float, float]:
    """ROC-AUC of what a type says of healthy and of faulty rows, and its share of strange ones among the healthy."""
    rng = np.random.default_rng(seed)
    healthy = rng.normal(size=(1500, K))
    one, other = (stage.judge(rows).p_value for rows in (healthy, inject(0.6 * healthy, seed)))
    return auc(-np.log10(one), -np.log10(other)), float((one < 2.5e-3).mean())


def feed(stage: TypeStage, rows: NDArray[np.float64], is_open: bool = False) -> None:
    at = 0
    while at < len(rows):
        part = rows[at : at + stage.left]
        at += len(part)
        said = stage.judge(part)
        open_at = np.full(len(part), is_open)
        stage.note(part, ~open_at, said.p_values, open_at, said.scores[:, :-1])


def test_a_spoiled_member_loses_weight_and_detection_recovers() -> None:
    rng = np.random.default_rng(4)
    stage = TypeStage("pump")
    feed(stage, rng.normal(size=(1500, K)))
    stage.champion = fitted("mahalanobis")
    stage.renew_champion()
    feed(stage, rng.normal(size=(500, K)))
    good, _ = judged(stage, 5)
    assert stage.weights.in_use == pytest.approx(0.2, abs=0.08)
    stage.champion = replace(fitted("mahalanobis"), detector=Spoiled())
    bad, false = judged(stage, 5)
    feed(stage, rng.normal(size=(600, K)))
    feed(stage, inject(rng.normal(size=(100, K)), 6), is_open=True)
    feed(stage, rng.normal(size=(64, K)))
    weights = dict(zip(DETECTORS, stage.weights.in_use.tolist(), strict=True))
    again, false_again = judged(stage, 5)
    print(f"ROC-AUC {good:.3f}, spoiled {bad:.3f}, after {again:.3f}; strange {false:.3f}, after {false_again:.3f}")
    print({name: round(weight, 3) for name, weight in weights.items()})
    assert weights["champion"] < 0.1
    assert bad < good - 0.02
    assert again > good - 0.01
    assert false_again < 0.3 * false
    # One that takes its place begins with what the others have.
    stage.champion = fitted("mahalanobis")
    stage.renew_champion()
    assert stage.weights.in_use[-1] == pytest.approx(0.2, abs=0.02)
