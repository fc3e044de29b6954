"""Trained models of waveform blocks: the rows they see, what joins a decision, and that a replay says the same."""

import json
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.model_shelf import ModelShelf
from agents.outputs import Output
from agents.served_artefact import load_files
from agents.signals import SignalsPartition
from connectors.model_artefacts.artefact import seal
from models.blocks import scores
from models.blocks.asked import CHAMPION_WEIGHT
from models.blocks.model_rows import MODEL_COLUMNS
from models.blocks.reference import BlockReference
from models.calibration.combination import combine_rows
from models.promotion.tally import exchanged
from models.serving.canary import make_canary
from models.training.auto_search import algorithms
from models.training.fit_model import evaluate, fit_model
from models.training.recipes import RECIPES
from schemas.errors import RefusedModelError
from schemas.model_manifest import CANARY_FILE, MODEL_FILE
from schemas.shadow_block import decode_shadow_block
from schemas.topics import ANOMALIES, FEATURES, SHADOW, SIGNALS
from tests.property.agents.waveforms import START_US, Raw
from tests.unit.agents.block_models import KEYS, NAME, OPTIONS, SENSORS, gathered, healthy, plant, records, sealed
from tests.unit.agents.block_models import served as of
from tests.unit.agents.block_models import shelf as shelf_of
from tests.unit.serving.made_models import KEY, manifest

RAW = plant(70, seed=9, fault_at=45)
Told = list[tuple[str, bytes]]


class Saved(dict[bytes, bytes]):
    """What the last checkpoint left."""

    def read(self, key: bytes) -> bytes | None:
        return self.get(key)


def partition(saved: Saved, shelf: ModelShelf) -> SignalsPartition:
    return SignalsPartition(SIGNALS, 0, OPTIONS, saved, models=shelf)


def told(outputs: list[Output]) -> Told:
    return [(output.topic, output.value) for output in outputs]


def run(raw: list[Raw], cuts: list[int], restarts: bool = False) -> tuple[Told, Saved]:
    """Outputs and state with both models in service from the second record on, in batches that end at `cuts`."""
    saved = Saved()
    lane = partition(saved, shelf_of(champion=of("mahalanobis", 1), challenger=of("isolation_forest", 2)))
    outputs: Told = []
    for begin, end in zip([0, 1, *cuts], [1, *cuts, len(raw)], strict=True):
        if restarts and begin:
            # The next worker has not read the registry yet.
            lane = partition(saved, ModelShelf(KEYS))
        outputs += told(lane.apply(records(raw[begin:end])).outputs)
        saved.update(lane.changes())
    return outputs, saved


@lru_cache(maxsize=1)
def whole() -> tuple[Told, Saved]:
    return run(RAW, [])


def test_training_learns_of_each_sensor_what_its_worker_learned() -> None:
    raw = plant(260)
    lane = partition(Saved(), ModelShelf(KEYS))
    lane.apply(records(raw))
    reference = gathered(raw)[1].reference
    assert isinstance(reference, BlockReference)
    for row in range(SENSORS):
        at = reference.sensors[lane.names[row]]
        for field in ("healthy", "per_scale", "ln_speed", "ln_speed_range", "by_speed"):
            np.testing.assert_allclose(reference.states[field][at], lane.bank._states[field][row], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("algorithm", algorithms("signals"))
def test_what_is_trained_on_blocks_finds_their_faults(algorithm: str) -> None:
    metrics = evaluate(of(algorithm).model, healthy(), 1)
    assert metrics["injected_roc_auc"] > 0.85
    assert metrics["judged_share"] == 1.0
    assert metrics["false_alarms"] <= 1.0


def test_events_name_the_version_and_shadow_rows_say_what_both_said() -> None:
    outputs, _ = whole()
    events = [json.loads(value) for topic, value in outputs if topic == ANOMALIES]
    assert [event["sensor_id"] for event in events] == ["m0/v"]
    assert events[0]["model"] == {"name": NAME, "version": "1"}
    assert events[0]["sensor_type"] == "motor"
    assert events[0]["detectors"]["champion"] > 0.0
    shadows = [decode_shadow_block(value) for topic, value in outputs if topic == SHADOW]
    assert len(shadows) == len(RAW) - 1
    assert {(s.lane, s.champion and s.champion.version, s.challenger.version) for s in shadows} == {
        ("signals", "1", "2")
    }
    p_values = np.array([s.p_values[:, 0] for s in shadows if not s.flags[0]])
    # The block that ends the learning is not judged itself.
    assert np.isfinite(p_values[SENSORS:]).all()
    faulty = [s.p_values[:, 0] for s in shadows if s.sensor_ids == ["m0/v"]][-10:]
    assert np.median(faulty, axis=0).max() < 5e-3
    assert {topic for topic, _ in outputs} == {ANOMALIES, FEATURES, SHADOW}


def test_without_a_model_nothing_is_said_of_one() -> None:
    outputs = partition(Saved(), ModelShelf(KEYS)).apply(records(RAW)).outputs
    [event] = [json.loads(value) for topic, value in told(outputs) if topic == ANOMALIES]
    assert event["model"] == {"name": "blocks", "version": "1"}
    assert "champion" not in event["detectors"]


_cuts = st.lists(st.integers(1, len(RAW)), max_size=6).map(sorted)


@settings(max_examples=8, deadline=None)
@given(_cuts)
def test_batches_cut_anywhere_lead_to_the_same(cuts: list[int]) -> None:
    assert run(RAW, cuts) == whole()


@settings(max_examples=8, deadline=None)
@given(_cuts)
def test_a_worker_that_was_restarted_goes_on_with_the_models_in_service(cuts: list[int]) -> None:
    assert run(RAW, cuts, restarts=True) == whole()


@pytest.mark.parametrize("crash", [95, 125, 158])
def test_a_replay_after_a_crash_says_the_same_whatever_the_registry_says_meanwhile(crash: int) -> None:
    every, shelf, saved = 12, ModelShelf(KEYS), Saved()
    lane, since, last = partition(saved, shelf), Told(), 0
    for at, row in enumerate(RAW[:crash]):
        if at == 30:
            shelf.put("champion", {NAME: of("mahalanobis", 1)})
        if at == 100:
            shelf.put("champion", {NAME: of("isolation_forest", 2)})
            shelf.put("challenger", {NAME: of("mahalanobis", 1)})
        since += told(lane.apply(records([row])).outputs)
        if at % every == every - 1:
            saved.update(lane.changes())
            since, last = [], at + 1
    for later in (ModelShelf(KEYS), shelf, shelf_of(champion=of("neighbours", 9))):
        assert told(partition(saved, later).apply(records(RAW[last:crash])).outputs) == since


def test_a_model_of_the_new_normal_state_brings_it_to_the_sensors() -> None:
    raw = plant(330, seed=4, gain_at=60)
    new_us = START_US + 60 * 1_000_000
    data, standard = gathered(raw, new_us)
    model = sealed(data, "mahalanobis", 3, standard.reference)
    saved, shelf = Saved(), ModelShelf(KEYS)
    lane = partition(saved, shelf)
    lane.apply(records(raw[: 70 * SENSORS]))
    assert (lane.bank._states["open"][:SENSORS] == 1).all()
    shelf.put("challenger", {NAME: model})
    saved.update(lane.changes())
    seen = lane.apply(records(raw[70 * SENSORS : 72 * SENSORS])).outputs
    shadows = [decode_shadow_block(value) for topic, value in told(seen) if topic == SHADOW]
    # The challenger judges by what it brings; all together still by what the sensors had learned.
    assert min(float(s.p_values[2, 0]) for s in shadows) > 1e-3 > max(float(s.p_values[0, 0]) for s in shadows)
    shelf.put("champion", {NAME: model})
    saved.update(lane.changes())
    rest = records(raw[72 * SENSORS : 90 * SENSORS])
    after = told(lane.apply(rest).outputs)
    events = [json.loads(value) for topic, value in after if topic == ANOMALIES]
    assert [event["type"] for event in events] == ["AnomalyCleared"] * SENSORS
    assert told(partition(saved, ModelShelf(KEYS)).apply(rest).outputs) == after


def test_a_champion_that_comes_back_finds_what_was_normal_then() -> None:
    raw = plant(330, seed=4, gain_at=60)
    data, standard = gathered(raw, START_US + 60 * 1_000_000)
    saved, shelf = Saved(), shelf_of(champion=of("mahalanobis", 1))
    lane = partition(saved, shelf)
    lane.apply(records(raw[: 50 * SENSORS]))
    saved.update(lane.changes())
    before = lane.bank.learned([*range(SENSORS)]).arrays()
    shelf.put("champion", {NAME: sealed(data, "mahalanobis", 2, standard.reference)})
    saved.update(lane.changes())
    assert lane.bank.learned([*range(SENSORS)]).states["healthy"].tolist() != before["healthy"].tolist()
    # Of the sensors the worker that rolls it back has heard one.
    lane = partition(saved, shelf)
    lane.apply(records(raw[50 * SENSORS : 50 * SENSORS + 1]))
    shelf.put("champion", {NAME: of("mahalanobis", 1)})
    saved.update(lane.changes())
    after = lane.bank.learned([*range(SENSORS)]).arrays()
    assert before.keys() == after.keys()
    for name, array in before.items():
        np.testing.assert_array_equal(after[name], array, err_msg=name)
    assert lane.apply(records(raw[50 * SENSORS + 1 : 60 * SENSORS])).transitions == {}


def test_a_model_that_wants_rows_before_a_row_is_refused() -> None:
    model = fit_model(healthy(), "mahalanobis", MODEL_COLUMNS, 1, RECIPES["mahalanobis"].defaults, NAME)
    files = {MODEL_FILE: model.pack(), CANARY_FILE: make_canary(model, healthy().z[:16])}
    for other in ({"context_rows": 3}, {"lane": "smell"}):
        wrong = manifest(model, 1, **({"name": NAME, "lane": "signals"} | other))
        with pytest.raises(RefusedModelError) as refused:
            load_files(seal(wrong, files, KEY).files, KEYS, NAME, 1)
        assert refused.value.reason == "wrong_lane"


def test_the_champion_counts_as_one_detector_more() -> None:
    four = np.array([[0.02, 0.02, 0.02, 1e-4]])
    combined = np.empty(1)
    combine_rows(four, combined)
    assert 10.0 ** -scores.joined(-np.log10(0.02), 1e-4) == pytest.approx(float(combined[0]))
    assert scores.joined(2.5, float("nan")) == 2.5
    other = 10.0 ** -scores.joined(-np.log10(0.02), 0.3)
    assert exchanged(float(combined[0]), 1e-4, 0.3, CHAMPION_WEIGHT, 4) == pytest.approx(other)


def canary_shelf(share: float) -> ModelShelf:
    """By version 2 and a share of a half, motors 0 and 2 are judged by the canary, 1 is not."""
    made = ModelShelf(KEYS, share)
    made.put("champion", {NAME: of("mahalanobis", 1)})
    for alias in ("challenger", "canary"):
        made.put(alias, {NAME: of("neighbours", 2)})
    return made


def test_a_canary_judges_its_share_of_the_assets_and_events_name_it() -> None:
    found = {}
    for share in (0.0, 0.5):
        saved, shelf = Saved(), canary_shelf(share)
        lane = partition(saved, shelf)
        outputs = told(lane.apply(records(RAW[:1])).outputs)
        saved.update(lane.changes())
        outputs += told(lane.apply(records(RAW[1:150])).outputs)
        saved.update(lane.changes())
        # A replay asks the same assets, whatever the settings say then.
        rest = told(lane.apply(records(RAW[150:])).outputs)
        assert told(partition(saved, canary_shelf(0.9)).apply(records(RAW[150:])).outputs) == rest
        found[share] = [*outputs, *rest]
    events = [json.loads(value) for topic, value in found[0.5] if topic == ANOMALIES]
    assert {(event["sensor_id"], event["model"]["version"]) for event in events} == {("m0/v", "2")}
    without, shadows = (
        [decode_shadow_block(value) for topic, value in found[share] if topic == SHADOW] for share in (0.0, 0.5)
    )
    assert {(s.asset_id, s.canary) for s in shadows} == {("m0", True), ("m1", False), ("m2", True)}
    assert not any(s.canary for s in without)
    for with_canary, alone in zip(shadows[3 * 32 : 3 * 40], without[3 * 32 : 3 * 40], strict=True):
        np.testing.assert_array_equal(with_canary.p_values[1:], alone.p_values[1:])
        assert (with_canary.p_values[0, 0] == alone.p_values[0, 0]) is np.bool_(with_canary.asset_id == "m1")
        if with_canary.canary:
            together, champion, canary = with_canary.p_values[:, 0].tolist()
            other = exchanged(together, canary, champion, CHAMPION_WEIGHT, 4)
            assert float(alone.p_values[0, 0]) == pytest.approx(other, rel=1e-3)
