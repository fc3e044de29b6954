"""Trained models of sound: one bank for all microphones of a type, each with its own calibration; replay is exact."""

import json
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.audio import AudioPartition
from agents.model_shelf import ModelShelf
from models.sound.reference import SoundReference
from models.sound.transition import OF_TYPE
from models.training.auto_search import algorithms
from models.training.fit_model import evaluate
from schemas.shadow_block import decode_shadow_block
from schemas.topics import ANOMALIES, AUDIO_FRAMES, FEATURES, SHADOW
from tests.property.agents.sounds import START_US
from tests.unit.agents.clip_models import (
    KEYS,
    MICROPHONES,
    NAME,
    OPTIONS,
    Raw,
    gathered,
    hall,
    healthy,
    records,
    sealed,
    served,
    shelf,
    told,
)

RAW = hall(40, 9, (28.0, 34.0))
Told = list[tuple[str, bytes]]


class Saved(dict[bytes, bytes]):
    """What the last checkpoint left."""

    def read(self, key: bytes) -> bytes | None:
        return self.get(key)


def partition(saved: Saved, of: ModelShelf) -> AudioPartition:
    return AudioPartition(AUDIO_FRAMES, 0, OPTIONS, saved, models=of)


def run(raw: list[Raw], cuts: list[int], restarts: bool = False) -> tuple[Told, Saved]:
    """Outputs and state with both models in service from the first seconds on, in batches that end at `cuts`."""
    saved = Saved()
    lane = partition(saved, shelf(champion=served(), challenger=served("gaussian_mixture", 2)))
    outputs: Told = []
    for begin, end in zip([0, 3, *cuts], [3, *cuts, len(raw)], strict=True):
        if restarts and begin:
            # The next worker has not read the registry yet.
            lane = partition(saved, ModelShelf(KEYS))
        outputs += told(lane.apply(records(raw[begin:end])).outputs)
        saved.update(lane.changes())
    return outputs, saved


@lru_cache(maxsize=1)
def whole() -> tuple[Told, Saved]:
    return run(RAW, [])


@pytest.mark.parametrize("algorithm", algorithms("audio"))
def test_what_is_trained_on_clips_finds_their_faults(algorithm: str) -> None:
    metrics = evaluate(served(algorithm).model, healthy(), 1)
    assert metrics["injected_roc_auc"] > (0.5 if algorithm == "mfcc_isolation_forest" else 0.85)
    assert metrics["judged_share"] == 1.0
    assert served(algorithm).model.columns == served(algorithm).model.detector.columns


def test_events_name_the_version_that_judged_and_shadow_rows_say_what_both_said() -> None:
    outputs, _ = whole()
    events = [json.loads(value) for topic, value in outputs if topic == ANOMALIES]
    assert [(event["type"], event["sensor_id"]) for event in events] == [
        ("AnomalyRaised", "a/mic"),
        ("AnomalyCleared", "a/mic"),
    ]
    assert events[0]["model"] == {"name": NAME, "version": "1"}
    assert set(events[0]["detectors"]) == {"reconstruction_ensemble", "champion"}
    assert events[0]["features"][0]["name"] in {"logmel_42_2790_hz", "logmel_43_2928_hz"}
    shadows = [decode_shadow_block(value) for topic, value in outputs if topic == SHADOW]
    assert {(s.lane, s.champion and s.champion.version, s.challenger.version) for s in shadows} == {("audio", "1", "2")}
    p_values = np.array([s.p_values[:, 0] for s in shadows])
    assert np.isfinite(p_values).all()
    assert np.array_equal(p_values[:, 0], p_values[:, 1])
    assert {topic for topic, _ in outputs} == {ANOMALIES, FEATURES, SHADOW}


def test_each_microphone_calibrates_the_shared_bank_on_its_own_clips() -> None:
    lane = partition(Saved(), shelf(champion=served()))
    lane.apply(records(RAW[:3]))
    lane.changes()
    lane.apply(records(hall(40, 9)[3:]))
    states = lane.bank._states[: len(MICROPHONES)]
    assert (states["maxima_count"][:, OF_TYPE] >= 2).all()
    assert len(set(states["maxima_mean"][:, OF_TYPE])) == len(MICROPHONES)
    assert [v["version"] for v in lane.models.versions()] == ["1"]


@pytest.mark.parametrize("with_model", [False, True])
def test_a_microphone_judges_by_itself_without_a_model_and_until_it_is_calibrated(with_model: bool) -> None:
    """Here the model comes into service a second before the fault."""
    swap = len(MICROPHONES) * 2 * 27
    lane = partition(Saved(), shelf(champion=served()) if with_model else ModelShelf(KEYS))
    outputs = told(lane.apply(records(RAW[:swap])).outputs)
    lane.changes()
    outputs += told(lane.apply(records(RAW[swap:])).outputs)
    events = [json.loads(value) for topic, value in outputs if topic == ANOMALIES]
    assert [event["type"] for event in events] == ["AnomalyRaised", "AnomalyCleared"]
    assert events[0]["model"] == {"name": "clips", "version": "1"}
    assert ("champion" in events[0]["detectors"]) == with_model


_cuts = st.lists(st.integers(3, len(RAW)), max_size=6).map(sorted)


@settings(max_examples=6, deadline=None)
@given(_cuts)
def test_batches_cut_anywhere_lead_to_the_same(cuts: list[int]) -> None:
    assert run(RAW, cuts) == whole()


@settings(max_examples=6, deadline=None)
@given(_cuts)
def test_a_worker_that_was_restarted_goes_on_with_the_models_in_service(cuts: list[int]) -> None:
    assert run(RAW, cuts, restarts=True) == whole()


@pytest.mark.parametrize("crash", [70, 175, 215])
def test_a_replay_after_a_crash_says_the_same_whatever_the_registry_says_meanwhile(crash: int) -> None:
    every, of, saved = 12, ModelShelf(KEYS), Saved()
    lane, since, last = partition(saved, of), Told(), 0
    for at, row in enumerate(RAW[:crash]):
        if at == 30:
            of.put("champion", {NAME: served()})
        if at == 160:
            of.put("champion", {NAME: served("gaussian_mixture", 2)})
            of.put("challenger", {NAME: served()})
        since += told(lane.apply(records([row])).outputs)
        if at % every == every - 1:
            saved.update(lane.changes())
            since, last = [], at + 1
    for later in (ModelShelf(KEYS), of, shelf(champion=served("nearest_neighbours", 9))):
        assert told(partition(saved, later).apply(records(RAW[last:crash])).outputs) == since


def test_a_model_of_the_new_normal_state_brings_it_to_the_microphones() -> None:
    data, standard = gathered(hall(100, 4, hum_from_s=25.0), START_US + 26_000_000)
    assert isinstance(standard.reference, SoundReference)
    model = sealed(data, "reconstruction_ensemble", 3, standard.reference)
    saved, of = Saved(), ModelShelf(KEYS)
    lane = partition(saved, of)
    raw, swap = hall(100, 40, hum_from_s=25.0), len(MICROPHONES) * 2 * 35
    lane.apply(records(raw[:swap]))
    assert (lane.bank._states["open"][: len(MICROPHONES)] == 1).all()
    of.put("champion", {NAME: model})
    saved.update(lane.changes())
    rest = records(raw[swap:])
    after = told(lane.apply(rest).outputs)
    events = [json.loads(value) for topic, value in after if topic == ANOMALIES]
    assert [event["type"] for event in events] == ["AnomalyCleared"] * len(MICROPHONES)
    assert told(partition(saved, ModelShelf(KEYS)).apply(rest).outputs) == after


def test_a_champion_that_comes_back_finds_what_was_normal_then() -> None:
    data, standard = gathered(hall(100, 4, hum_from_s=25.0), START_US + 26_000_000)
    saved, of = Saved(), shelf(champion=served())
    lane = partition(saved, of)
    raw, a_second = hall(100, 40, hum_from_s=90.0), len(MICROPHONES) * 2

    def run(begin_s: int, end_s: int) -> dict[str, np.ndarray]:
        lane.apply(records(raw[begin_s * a_second : end_s * a_second]))
        saved.update(lane.changes())
        return lane.bank.learned([*range(len(MICROPHONES))]).arrays()

    before = run(0, 20)
    of.put("champion", {NAME: sealed(data, "reconstruction_ensemble", 2, standard.reference)})
    run(20, 22)
    # The microphones meet it when they are heard next.
    with_bad = run(22, 24)
    assert np.abs(with_bad["mean"] - before["mean"]).max() > 1.0
    of.put("champion", {NAME: served()})
    run(24, 26)
    # Those who have not met it again yet do so at another worker.
    lane = partition(saved, ModelShelf(KEYS))
    after = run(26, 28)
    for name in ("mean", "spread", "level"):
        np.testing.assert_allclose(after[name], before[name], rtol=1e-3, err_msg=name)
    assert run(28, 30)["mean"].tolist() == after["mean"].tolist()


def canary_shelf(share: float) -> ModelShelf:
    """By version 2 and this share the fan of microphone a is judged by the canary, the others are not."""
    made = ModelShelf(KEYS, share)
    made.put("champion", {NAME: served()})
    for alias in ("challenger", "canary"):
        made.put(alias, {NAME: served("gaussian_mixture", 2)})
    return made


def test_a_canary_judges_its_share_of_the_assets_and_goes_on_where_it_becomes_champion() -> None:
    saved, of = Saved(), canary_shelf(0.4)
    lane = partition(saved, of)
    lane.apply(records(RAW[:3]))
    saved.update(lane.changes())
    seen = told(lane.apply(records(RAW[3:150])).outputs)
    shadows = [decode_shadow_block(value) for topic, value in seen if topic == SHADOW]
    assert {(s.asset_id, s.canary) for s in shadows} == {("a", True), ("b", False), ("c", False)}
    for s in shadows:
        together, champion, challenger = s.p_values[:, 0]
        assert together == (challenger if s.canary else champion)
    # It was calibrated on the microphone meanwhile; the others begin to calibrate it.
    of.put("champion", {NAME: served("gaussian_mixture", 2)})
    for alias in ("challenger", "canary"):
        of.put(alias, {})
    saved.update(lane.changes())
    maxima = lane.bank._states["maxima_count"][: len(MICROPHONES), OF_TYPE].copy()
    rest = told(lane.apply(records(RAW[150:])).outputs)
    assert told(partition(saved, canary_shelf(0.9)).apply(records(RAW[150:])).outputs) == rest
    after = lane.bank._states["maxima_count"][: len(MICROPHONES), OF_TYPE]
    assert after[0] >= maxima[0] >= 2
    assert (after[1:] <= maxima[1:]).all()
    events = [json.loads(value) for topic, value in rest if topic == ANOMALIES]
    assert {(event["sensor_id"], event["model"]["version"]) for event in events} == {("a/mic", "2")}


def test_a_canary_of_a_new_normal_state_brings_it_to_its_microphones_once_it_is_champion() -> None:
    data, standard = gathered(hall(100, 4, hum_from_s=25.0), START_US + 26_000_000)
    new = sealed(data, "reconstruction_ensemble", 2, standard.reference)
    of = ModelShelf(KEYS, 0.4)
    lane = partition(Saved(), of)
    raw, swap = hall(100, 40, hum_from_s=25.0), len(MICROPHONES) * 2 * 35
    of.put("champion", {NAME: served()})
    lane.apply(records(raw[:3]))
    lane.changes()
    lane.apply(records(raw[3:swap]))
    of.put("canary", {NAME: new})
    lane.changes()
    lane.apply(records(raw[swap : swap + 18]))
    usual = lane.bank.learned([0, 1, 2])
    of.put("champion", {NAME: new})
    lane.changes()
    after = [json.loads(o.value) for o in lane.apply(records(raw[swap + 18 :])).outputs if o.topic == ANOMALIES]
    assert sorted(event["sensor_id"] for event in after if event["type"] == "AnomalyCleared") == [*MICROPHONES]
    met = lane.bank.learned([0, 1, 2])
    assert (np.abs(met.mean - usual.mean).max(axis=1) > 1.0).all()
