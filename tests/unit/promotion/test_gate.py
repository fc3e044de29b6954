"""The gate lets the better through and keeps the worse out, and the guard calls a bad champion back."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.promotion_desk import Decision, PromotionDesk
from models.calibration.combination import combine_rows
from models.features.extractors import WINDOW_FEATURES
from models.promotion.gate import Bounds
from models.promotion.tally import exchanged
from models.training.fit_model import evaluate, fit_model, measure_stability
from schemas.anomaly_record import ModelRecord, SourceRecord
from schemas.model_events import GateDecided, ModelPromoted, ModelRegistered, ModelRolledBack, decode_model_event
from schemas.shadow_block import ShadowBlock, decode_shadow_block, encode_shadow_block
from tests.unit.serving.made_models import fitted, noise

NAME = "pdm.readings.flow"
TS = "2026-01-01T00:00:00.000000Z"
GOOD = {"injected_roc_auc": 0.98, "injected_recall": 0.8, "stability": 0.9, "latency_us_per_row": 5.0}
BOUNDS = Bounds(rows=400, guard_rows=100)


def registered(version: str = "2", metrics: dict[str, float] = GOOD) -> ModelRegistered:
    return ModelRegistered(
        id="r", model=NAME, version=version, ts=TS, algorithm="mahalanobis", lane="readings", sensor_type="flow",
        run_id="1", alias="challenger", rows=1000, metrics=metrics, champion_version="1", champion_metrics=GOOD,
    )  # fmt: skip


def block(p_values: NDArray[np.float64], at: int, champion: str = "1", challenger: str = "2") -> ShadowBlock:
    n = p_values.shape[1]
    made = ShadowBlock(
        lane="readings", asset_id="a", champion=ModelRecord(NAME, champion), challenger=ModelRecord(NAME, challenger),
        sensor_ids=["a/flow"] * n, ts_us=(at * n + np.arange(n)) * 16_000_000, flags=np.zeros(n, np.int64),
        source=SourceRecord("t", 0, 0, 1), champion_weight=0.2, members=5, p_values=p_values.astype(np.float32),
    )  # fmt: skip
    return decode_shadow_block(encode_shadow_block(made))


def feed(desk: PromotionDesk, challenger: float, champion: float = 1.0, rows: int = 500) -> None:
    """Rows whose p-values are uniform to the power of the two numbers: 1 is healthy, larger is stranger."""
    rng = np.random.default_rng(1)
    for at in range(rows // 50):
        usual = rng.uniform(size=(3, 50))
        desk.note_shadow(block(np.stack([usual[0], usual[1] ** champion, usual[2] ** challenger]), at))


def decided(metrics: dict[str, float] = GOOD, challenger: float = 1.0, champion: float = 1.0) -> Decision:
    desk = PromotionDesk(BOUNDS)
    desk.note_event(registered(metrics=metrics))
    feed(desk, challenger, champion, rows=350)
    assert not desk.due_challengers()
    feed(desk, challenger, champion, rows=100)
    [decision] = desk.due_challengers()
    return decision


def test_a_good_challenger_passes_every_check() -> None:
    decision = decided()
    assert decision.passed, decision.reason
    assert (decision.model, decision.version, decision.champion) == (NAME, "2", "1")
    assert {c.name for c in decision.checks} >= {
        "shadow_false_alarms_per_sensor_hour", "alert_volume_per_sensor_hour", "rare_share", "injected_recall",
        "latency_us_per_row", "stability",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("worse", "broken"),
    [
        ({"injected_recall": 0.3}, "injected_recall"),
        ({"injected_roc_auc": 0.7}, "injected_roc_auc"),
        ({"stability": 0.1}, "stability"),
        ({"latency_us_per_row": 5000.0}, "latency_us_per_row"),
    ],
)
def test_one_bad_figure_keeps_it_out(worse: dict[str, float], broken: str) -> None:
    decision = decided(GOOD | worse)
    assert [c.name for c in decision.checks if not c.passed] == [broken]


def test_a_challenger_that_alarms_on_healthy_rows_is_refused() -> None:
    decision = decided(challenger=20.0)
    broken = {c.name for c in decision.checks if not c.passed}
    assert broken >= {"shadow_false_alarms_per_sensor_hour", "rare_share"}
    assert "beyond" in decision.reason


def test_a_champion_that_alarms_all_the_time_may_be_replaced() -> None:
    assert decided(champion=20.0).passed


def test_a_decision_is_made_once_and_a_promotion_waits_until_done() -> None:
    for mode, waits in (("manual", False), ("automatic", True)):
        desk = PromotionDesk(BOUNDS)
        desk.note_event(registered())
        feed(desk, 1.0)
        [decision] = desk.due_challengers()
        assert not decision.told
        desk.note_event(
            GateDecided(
                id="g",
                model=NAME,
                version="2",
                ts=TS,
                champion_version="1",
                passed=True,
                mode=mode,
                checks=[],
                reason="",
            )
        )
        assert [each.told for each in desk.due_challengers()] == ([True] if waits else [])


def promoted() -> ModelPromoted:
    return ModelPromoted(
        id="p", model=NAME, version="2", ts=TS, previous_version="1", by="me", mode="manual", reason="forced"
    )


def test_a_bad_champion_is_rolled_back_to_the_one_before_and_a_good_one_stays() -> None:
    desk = PromotionDesk(BOUNDS)
    desk.note_event(registered())
    desk.note_event(promoted())
    pair = {"champion": "2", "challenger": "1"}
    _feed_pair(desk, 1.0, pair)
    assert not desk.due_rollbacks()
    assert not desk.due_challengers()
    bad = PromotionDesk(BOUNDS)
    bad.note_event(promoted())
    _feed_pair(bad, 20.0, pair)
    [decision] = bad.due_rollbacks()
    assert (decision.version, decision.champion) == ("1", "2")
    bad.note_event(
        ModelRolledBack(
            id="b", model=NAME, version="1", ts=TS, previous_version="2", by="gate", mode="automatic", reason=""
        )
    )
    _feed_pair(bad, 20.0, pair)
    assert not bad.due_rollbacks()


def _feed_pair(desk: PromotionDesk, champion: float, pair: dict[str, str]) -> None:
    rng = np.random.default_rng(2)
    for at in range(4):
        usual = rng.uniform(size=(3, 50))
        desk.note_shadow(block(np.stack([usual[0], usual[1] ** champion, usual[2]]), at, **pair))


def test_a_champion_that_was_good_for_long_is_watched_no_more() -> None:
    for watched, due in ((200, 0), (1_000, 1)):
        desk = PromotionDesk(replace(BOUNDS, watch_rows=watched))
        desk.note_event(promoted())
        pair = {"champion": "2", "challenger": "1"}
        _feed_pair(desk, 1.0, pair)
        _feed_pair(desk, 20.0, pair)
        assert len(desk.due_rollbacks()) == due


def test_what_both_alarm_for_is_no_reason_to_roll_back() -> None:
    desk = PromotionDesk(BOUNDS)
    desk.note_event(promoted())
    p = np.full((3, 200), 1e-6)
    desk.note_shadow(block(p, 0, champion="2", challenger="1"))
    assert not desk.due_rollbacks()


def test_exchanging_models_gives_the_p_value_of_the_others_with_it() -> None:
    rng = np.random.default_rng(3)
    others = rng.uniform(size=4) ** 3
    champion, challenger = 0.2, 1e-5
    with_champion, with_challenger = np.empty(1), np.empty(1)
    combine_rows(np.array([[*others, champion]]), with_champion)
    combine_rows(np.array([[*others, challenger]]), with_challenger)
    assert exchanged(float(with_champion[0]), champion, challenger, 0.2, 5) == pytest.approx(float(with_challenger[0]))
    without = np.empty(1)
    combine_rows(np.array([others]), without)
    assert exchanged(float(without[0]), float("nan"), challenger, 0.2, 5) == pytest.approx(float(with_challenger[0]))


def test_model_events_come_back_from_their_json() -> None:
    for event in (registered(), promoted()):
        assert decode_model_event(event.model_dump_json().encode()) == event
    assert decode_model_event(b'{"type": "Other"}') is None
    assert decode_model_event(b"\xff") is None


KINDS = {f"injected_{kind}_{name}": 0.9 for kind in ("spread", "level", "spectrum") for name in ("roc_auc", "recall")}


def decided_between(own: dict[str, float], champion: dict[str, float]) -> Decision:
    desk = PromotionDesk(BOUNDS)
    desk.note_event(registered(metrics=own).model_copy(update={"champion_metrics": champion}))
    feed(desk, 1.0)
    [decision] = desk.due_challengers()
    return decision


def broken(decision: Decision) -> set[str]:
    return {c.name for c in decision.checks if not c.passed}


@pytest.mark.parametrize("name", ["roc_auc", "recall"])
def test_a_challenger_blind_to_one_kind_of_fault_is_refused_though_all_together_are_found(name: str) -> None:
    told = f"injected_spectrum_{name}"
    decision = decided_between(GOOD | KINDS | {told: 0.39}, GOOD | KINDS)
    assert broken(decision) == {told}
    # What the champion does not see either is asked of nobody.
    assert decided_between(GOOD | KINDS | {told: 0.39}, GOOD | KINDS | {told: 0.45}).passed


def test_a_figure_that_was_no_number_counts_as_nothing_found() -> None:
    without = {name: value for name, value in (GOOD | KINDS).items() if "level" not in name}
    assert broken(decided_between(without, GOOD | KINDS)) == {"injected_level_roc_auc", "injected_level_recall"}
    never = {"stability": 0.9, "latency_us_per_row": 5.0}
    assert broken(decided_between(never, GOOD)) == {"injected_roc_auc", "injected_recall"}


@pytest.mark.parametrize("champion", [{}, {"injected_roc_auc": 0.5, "injected_recall": 0.0}])
def test_without_a_champion_that_sees_anything_a_challenger_must_see_more_than_chance(
    champion: dict[str, float],
) -> None:
    assert decided_between(GOOD, champion).passed
    blind = decided_between(GOOD | {"injected_roc_auc": 0.52, "injected_recall": 0.003}, champion)
    assert broken(blind) == {"injected_roc_auc", "injected_recall"}


def test_a_challenger_that_takes_everything_in_service_for_usual_is_refused() -> None:
    assert broken(decided(challenger=0.02)) == {"uncommon_share"}
    # Calm times are calm to both.
    assert decided(challenger=0.02, champion=0.02).passed


def test_a_champion_that_takes_everything_for_usual_is_rolled_back() -> None:
    pair = {"champion": "2", "challenger": "1"}
    desk = PromotionDesk(BOUNDS)
    desk.note_event(promoted())
    _feed_pair(desk, 0.02, pair)
    # Of few rows that cannot be said.
    assert not desk.due_rollbacks()
    _feed_pair(desk, 0.02, pair)
    [decision] = desk.due_rollbacks()
    assert broken(decision) == {"uncommon_share"}


def test_a_model_trained_on_a_range_with_faults_that_nobody_labelled_is_refused_for_its_blindness() -> None:
    """Its faults are injected in its own wide scale, where it finds them: only service shows that it never alarms."""
    healthy = noise()
    wild = np.where(np.arange(len(healthy.z)) % 3 == 0, 5.0, 1.0)[:, None] * healthy.z
    scale = wild.std(axis=0)
    poisoned = replace(healthy, z=wild / scale)
    model = fit_model(poisoned, "mahalanobis", WINDOW_FEATURES, 1, {}, NAME)
    own = evaluate(model, poisoned, 1) | measure_stability(model, poisoned, 1, {})
    champion = evaluate(fitted("isolation_forest"), poisoned, 1)
    desk = PromotionDesk(BOUNDS)
    desk.note_event(registered(metrics=own).model_copy(update={"champion_metrics": champion}))
    rows = np.random.default_rng(8).normal(size=(500, len(WINDOW_FEATURES)))
    by_champion = fitted("isolation_forest").judge(rows, WINDOW_FEATURES)[1]
    by_challenger = model.judge(rows / scale, WINDOW_FEATURES)[1]
    for at in range(10):
        part = slice(50 * at, 50 * at + 50)
        desk.note_shadow(block(np.stack([by_champion[part], by_champion[part], by_challenger[part]]), at))
    [decision] = desk.due_challengers()
    assert broken(decision) == {"uncommon_share"}, decision.reason


def test_a_recall_that_few_healthy_scores_allow_nobody_is_no_blindness() -> None:
    champion = GOOD | {"injected_roc_auc": 0.988, "injected_recall": 0.002}
    assert broken(decided_between(GOOD | {"injected_roc_auc": 0.973, "injected_recall": 0.006}, champion)) == set()
    assert broken(decided_between(GOOD | {"injected_roc_auc": 0.55, "injected_recall": 0.006}, champion)) == {
        "injected_roc_auc"
    }
