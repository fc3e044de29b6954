"""After a change for good, a model of the new normal state brings its reference, and the alarms end."""

import json
from dataclasses import replace

import numpy as np
import pytest

from agents.model_shelf import ModelShelf
from agents.options import ReadingsOptions
from agents.outputs import Output
from agents.readings import ReadingsPartition
from agents.served_artefact import Served, load_files
from connectors.model_artefacts.artefact import seal
from connectors.model_artefacts.keys import trust
from models.features.extractors import WINDOW_FEATURES
from models.serving.canary import make_canary
from models.serving.reference import Reference
from models.training.fit_model import fit_model, training_rows, with_context
from models.training.recipes import RECIPES
from models.training.standard_rows import standardise
from models.tuning import Tuning
from models.windows.tuning import WindowTuning
from schemas.feature_block import decode_feature_block
from schemas.model_manifest import CANARY_FILE, MODEL_FILE
from schemas.records import RecordColumns
from schemas.shadow_block import decode_shadow_block
from schemas.topics import ANOMALIES, FEATURES, SHADOW
from stream_app.training.gathering import Gathering
from stream_app.training.plan import Plan
from tests.unit.serving.made_models import KEY, NAME, artefact, fitted, manifest

START_S = 1_767_225_600
OPTIONS = ReadingsOptions(tuning=Tuning(learn_readings=100), windows=WindowTuning(learn_rows=20))


def records(
    first: int,
    count: int,
    spread: float,
    level: float = 50.0,
    ill: float = 0.0,
    assets: tuple[str, ...] = ("a", "b"),
) -> list[tuple[int, int, bytes, bytes]]:
    rng = np.random.default_rng(first)
    rows = []
    for offset in range(first, first + count):
        readings = [
            {"sensor_id": f"{asset}/flow", "sensor_type": "flow", "ts": START_S + at, "seq": at,
             "value": float(rng.normal(level + ill * (asset == "b"), spread))}
            for asset in assets for at in range(64 * offset, 64 * offset + 64)
        ]  # fmt: skip
        rows.append((offset, (START_S + 10**6) * 1000, b"a", json.dumps(readings).encode()))
    return rows


def model(outputs: list[Output], from_us: int, algorithm: str = "mahalanobis", version: int = 1) -> Served:
    """What `train` makes of the rows since a change that was taken for a new normal state."""
    gathering = Gathering(Plan(algorithm, sensor_type="flow", from_us=from_us, new_normal_from_us=from_us), FEATURES)
    for number, output in enumerate(o for o in outputs if o.topic == FEATURES):
        gathering.take(0, number, decode_feature_block(output.value))
    rows = gathering.rows([]).rows
    z, usable, reference = standardise(rows, from_us)
    data = training_rows(rows, z, usable)
    made = fit_model(data, algorithm, WINDOW_FEATURES, 1, RECIPES[algorithm].defaults, NAME)
    made = replace(made, reference=reference)
    last = with_context(data, data.split.test[:16], made.context_rows)
    files = {MODEL_FILE: made.pack(), CANARY_FILE: make_canary(made, last)}
    return load_files(dict(seal(manifest(made, version), files, KEY).files), trust(KEY), NAME, version)


def told(outputs: list[Output], kind: str) -> list[tuple[str, str]]:
    events = [json.loads(o.value) for o in outputs if o.topic == ANOMALIES]
    return [(e["type"], e["sensor_id"]) for e in events if e["kind"] == kind]


def patterns(outputs: list[Output]) -> list[str]:
    events = [json.loads(o.value) for o in outputs if o.topic == ANOMALIES]
    return [e["type"] for e in events if e["kind"] == "pattern"]


class Saved(dict[bytes, bytes]):
    """What the last checkpoint left."""

    def read(self, key: bytes) -> bytes | None:
        return self.get(key)


@pytest.mark.parametrize("algorithm", ["mahalanobis", "lightgbm_forecast"])
def test_a_new_normal_state_is_quiet_once_its_model_is_champion_and_before_that_in_shadow(algorithm: str) -> None:
    shelf, saved = ModelShelf(trust(KEY)), Saved()
    lane = ReadingsPartition("t", 0, OPTIONS, models=shelf)

    def run(first: int, count: int, spread: float) -> list[Output]:
        outputs = []
        for row in records(first, count, spread):
            outputs += lane.apply(RecordColumns.of("t", 0, [row])).outputs
            saved.update(lane.changes())
        return outputs

    outputs = run(0, 150, 1.0)
    assert patterns(outputs) == []
    changed = run(150, 100, 3.0)
    assert "AnomalyRaised" in patterns(changed)
    assert "AnomalyCleared" not in patterns(changed)
    served = model(changed, (START_S + 64 * 150 + 200) * 1_000_000, algorithm)
    assert served.model.reference is not None

    shelf.put("challenger", {NAME: served})
    seen = run(250, 20, 3.0)
    # What the next worker reads back says the same of the same rows.
    again = ReadingsPartition("t", 0, OPTIONS, saved, models=ModelShelf(trust(KEY)))
    following = RecordColumns.of("t", 0, records(270, 2, 3.0))
    next_seen = lane.apply(following).outputs
    assert again.apply(following).outputs == next_seen
    saved.update(lane.changes())
    shadow = [decode_shadow_block(o.value) for o in (*seen, *next_seen) if o.topic == SHADOW]
    together, _, challenger = np.concatenate([block.p_values for block in shadow], axis=1)
    assert np.median(together) < 1e-3
    # The first rows of a sensor have not enough before them.
    assert np.isnan(challenger).sum() == 2 * served.model.context_rows
    assert (challenger < 0.01).mean() < 0.1

    shelf.put("challenger", {})
    shelf.put("champion", {NAME: served})
    run(272, 1, 3.0)  # the checkpoint that takes it into service
    after = run(273, 100, 3.0)
    assert patterns(after).count("AnomalyCleared") >= 1
    assert "AnomalyRaised" not in patterns(after)
    # And what is stranger than the new normal state still raises.
    assert "AnomalyRaised" in patterns(run(373, 20, 12.0))


def test_a_shift_for_good_ends_with_its_model_and_what_was_open_before_does_not() -> None:
    shelf = ModelShelf(trust(KEY))
    patient = replace(OPTIONS, tuning=Tuning(learn_readings=100, longest_episode_stretches=1_000.0))
    lane = ReadingsPartition("t", 0, patient, models=shelf)

    def run(first: int, count: int, level: float, ill: float = 0.0) -> list[Output]:
        outputs = []
        for row in records(first, count, 1.0, level, ill):
            outputs += lane.apply(RecordColumns.of("t", 0, [row])).outputs
            lane.changes()
        return outputs

    run(0, 150, 50.0)
    # One falls ill, and long after that both of them are run in another way.
    assert ("AnomalyRaised", "b/flow") in told(run(150, 80, 50.0, ill=20.0), "episode")
    changed = run(230, 60, 60.0, ill=20.0)
    assert ("AnomalyRaised", "a/flow") in told(changed, "episode")
    shelf.put("champion", {NAME: model(changed, (START_S + 64 * 230 + 20) * 1_000_000)})
    run(290, 1, 60.0, ill=20.0)  # the checkpoint that takes it into service
    assert told(run(291, 8, 60.0, ill=20.0), "episode") == [("AnomalyCleared", "a/flow")]
    # And what leaves the new level is told again.
    assert ("AnomalyRaised", "a/flow") in told(run(299, 4, 75.0, ill=20.0), "episode")


def test_a_champion_that_comes_back_finds_what_was_normal_then() -> None:
    shelf, saved = ModelShelf(trust(KEY)), Saved()
    lane = ReadingsPartition("t", 0, OPTIONS, saved, models=shelf)
    first = load_files(artefact(fitted(), 1).files, trust(KEY), NAME, 1)
    at = 0

    def run(count: int, spread: float, assets: tuple[str, ...] = ("a", "b")) -> list[Output]:
        nonlocal at
        outputs = []
        for row in records(at, count, spread, assets=assets):
            outputs += lane.apply(RecordColumns.of("t", 0, [row])).outputs
            saved.update(lane.changes())
        at += count
        return outputs

    def usual() -> Reference:
        return lane.windows.bank.learned(np.arange(2))

    shelf.put("champion", {NAME: first})
    run(150, 1.0)
    bad = model(run(60, 6.0), (START_S + 64 * 150 + 200) * 1_000_000, version=2)
    run(20, 1.0)
    before = usual()
    # Of the two sensors a new worker has heard one when the version comes into service.
    lane = ReadingsPartition("t", 0, OPTIONS, saved, models=shelf)
    shelf.put("champion", {NAME: bad})
    later = run(1, 1.0, ("a",))
    std = WINDOW_FEATURES.index("std")
    assert (usual().mean[:, std] > 3.0 * before.mean[:, std]).all()
    later += run(30, 1.0)
    assert "AnomalyRaised" in patterns(later)
    # The same where it is rolled back.
    lane = ReadingsPartition("t", 0, OPTIONS, saved, models=shelf)
    shelf.put("champion", {NAME: first})
    run(1, 1.0, ("a",))
    found = usual()
    np.testing.assert_allclose(found.mean, before.mean, rtol=0.05, atol=0.5)
    assert (found.learned >= before.learned).all()
    rest = run(60, 1.0)
    assert "AnomalyRaised" not in patterns(rest)
    assert patterns([*later, *rest]).count("AnomalyRaised") == patterns([*later, *rest]).count("AnomalyCleared")
    # And a restart, or a younger champion, changes nothing about what they have learned since.
    learned = usual()
    lane = ReadingsPartition("t", 0, OPTIONS, saved, models=shelf)
    shelf.put("champion", {NAME: load_files(artefact(fitted(), 3).files, trust(KEY), NAME, 3)})
    run(2, 1.0)
    assert (usual().learned >= learned.learned).all()
