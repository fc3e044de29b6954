"""A swap of models is part of a partition's state: after a crash anywhere, a replay says what was said before."""

import json

import numpy as np
import pytest

from agents.model_shelf import ModelShelf
from agents.options import ReadingsOptions
from agents.outputs import Output, SavedState
from agents.readings import ReadingsPartition
from agents.served_artefact import load_files
from agents.stored_pieces import PIECE_BYTES
from connectors.model_artefacts.keys import trust
from models.tuning import Tuning
from models.windows.tuning import WindowTuning
from schemas.records import RecordColumns
from schemas.shadow_block import decode_shadow_block
from schemas.topics import ANOMALIES, SHADOW
from tests.unit.serving.made_models import KEY, NAME, artefact, fitted

START_S = 1_767_225_600
RECORDS, PER_RECORD = 60, 64
KEYS = trust(KEY)
OPTIONS = ReadingsOptions(tuning=Tuning(learn_readings=100), windows=WindowTuning(learn_rows=8))


class Saved(dict[bytes, bytes]):
    """What the last checkpoint left."""

    def read(self, key: bytes) -> bytes | None:
        return self.get(key)


def served(algorithm: str, version: int):  # type: ignore[no-untyped-def]
    return load_files(artefact(fitted(algorithm), version).files, KEYS, NAME, version)


def records() -> list[tuple[int, int, bytes, bytes]]:
    rng = np.random.default_rng(4)
    rows = []
    for offset in range(RECORDS):
        spread = 4.0 if offset >= RECORDS - 12 else 1.0
        readings = [
            {
                "sensor_id": f"{asset}/flow", "sensor_type": "flow", "ts": START_S + PER_RECORD * offset + k,
                "seq": PER_RECORD * offset + k, "value": float(rng.normal(50.0, spread)),
            }
            for asset in ("a", "b")
            for k in range(PER_RECORD)
        ]  # fmt: skip
        rows.append((offset, (START_S + 10**6) * 1000, b"a", json.dumps(readings).encode()))
    return rows


def partition(saved: SavedState, shelf: ModelShelf) -> ReadingsPartition:
    return ReadingsPartition("t", 0, OPTIONS, saved, models=shelf)


def put(shelf: ModelShelf, at: int) -> None:
    """What the registry says when record `at` comes."""
    if at == 20:
        shelf.put("champion", {NAME: served("mahalanobis", 1)})
    if at == 30:
        shelf.put("challenger", {NAME: served("isolation_forest", 2)})
    if at == 40:
        shelf.put("champion", {NAME: served("isolation_forest", 2)})
        shelf.put("challenger", {})


def told(outputs: list[Output]) -> list[tuple[str, bytes]]:
    return [(output.topic, output.value) for output in outputs]


@pytest.mark.parametrize("crash", [21, 33, 41, 50, 55])
def test_a_replay_after_a_crash_says_the_same_whatever_the_registry_says_meanwhile(crash: int) -> None:
    rows = records()
    every = 4
    shelf, saved = ModelShelf(KEYS), Saved()
    lane = partition(saved, shelf)
    since: list[tuple[str, bytes]] = []
    last = 0
    for at, row in enumerate(rows[:crash]):
        put(shelf, at)
        since += told(lane.apply(RecordColumns.of("t", 0, [row])).outputs)
        if at % every == every - 1:
            saved.update(lane.changes())
            since, last = [], at + 1
    # The next worker's registry is another one, or away: it must not matter before the next checkpoint.
    for later in (ModelShelf(KEYS), shelf, _with(served("neighbours", 9))):
        again = partition(saved, later)
        assert told(again.apply(RecordColumns.of("t", 0, rows[last:crash])).outputs) == since


def canary_shelf(share: float = 0.4) -> ModelShelf:
    """By version 2 and this share asset a is judged by the canary, b is not."""
    shelf = ModelShelf(KEYS, share)
    shelf.put("champion", {NAME: served("mahalanobis", 1)})
    for alias in ("challenger", "canary"):
        shelf.put(alias, {NAME: served("isolation_forest", 2)})
    return shelf


def canary_run(shelves: list[ModelShelf]) -> list[Output]:
    """All records, from a start anew with another shelf at each third."""
    outputs, saved = list[Output](), Saved()
    for at, row in enumerate(records()):
        if at % (RECORDS // len(shelves)) == 0:
            lane = partition(saved, shelves[at * len(shelves) // RECORDS])
        outputs += lane.apply(RecordColumns.of("t", 0, [row])).outputs
        saved.update(lane.changes())
    return outputs


def test_a_canary_judges_its_share_of_the_assets_and_events_name_it() -> None:
    outputs = canary_run([canary_shelf()])
    raised = [json.loads(o.value) for o in outputs if o.topic == ANOMALIES]
    patterns = {(e["asset_id"], e["model"]["version"]) for e in raised if e["kind"] == "pattern"}
    assert patterns == {("a", "2"), ("b", "1")}
    shadows = [decode_shadow_block(o.value) for o in outputs if o.topic == SHADOW]
    assert {(s.asset_id, s.canary, s.champion and s.champion.version) for s in shadows} == {
        ("a", True, "1"),
        ("b", False, "1"),
    }
    alone = [decode_shadow_block(o.value) for o in canary_run([canary_shelf(0.0)]) if o.topic == SHADOW]
    first, second = ({(s.asset_id, s.source.last_offset): s for s in found} for found in (shadows, alone))
    common = [of for of in sorted(first.keys() & second.keys()) if of[1] < 12]
    assert common
    for of in common:
        with_canary, without = first[of].p_values, second[of].p_values
        # Each model says what it says, while both runs learn alike; together they differ where the canary was asked.
        if not np.isfinite(without[1]).any():
            continue
        np.testing.assert_array_equal(with_canary[1:], without[1:])
        assert np.array_equal(with_canary[0], without[0], equal_nan=True) is (of[0] == "b"), of


def test_a_replay_asks_the_same_assets_whatever_the_settings_say_meanwhile() -> None:
    rows, saved = records(), Saved()
    lane = partition(saved, canary_shelf())
    for row in rows[:50]:
        lane.apply(RecordColumns.of("t", 0, [row]))
    saved.update(lane.changes())
    since = told(lane.apply(RecordColumns.of("t", 0, rows[50:])).outputs)
    for later in (canary_shelf(0.0), canary_shelf(0.5), ModelShelf(KEYS)):
        again = partition(saved, later)
        assert told(again.apply(RecordColumns.of("t", 0, rows[50:])).outputs) == since
    # At the next checkpoint the settings count.
    off = partition(saved, canary_shelf(0.0))
    off.apply(RecordColumns.of("t", 0, rows[50:51]))
    saved.update(off.changes())
    assert {version["alias"] for version in off.windows.models.versions()} == {"champion", "challenger"}


def _with(champion) -> ModelShelf:  # type: ignore[no-untyped-def]
    shelf = ModelShelf(KEYS)
    shelf.put("champion", {NAME: champion})
    return shelf


def test_events_name_the_version_that_judged_and_shadows_both() -> None:
    shelf, saved = ModelShelf(KEYS), Saved()
    lane = partition(saved, shelf)
    outputs: list[Output] = []
    for at, row in enumerate(records()):
        put(shelf, at)
        outputs += lane.apply(RecordColumns.of("t", 0, [row])).outputs
        saved.update(lane.changes())
    raised = [json.loads(o.value) for o in outputs if o.topic == ANOMALIES]
    patterns = [e for e in raised if e["kind"] == "pattern" and e["type"] == "AnomalyRaised"]
    assert {(e["model"]["name"], e["model"]["version"]) for e in patterns} == {(NAME, "2")}
    assert all(e["detectors"]["champion"] > 0.0 for e in patterns)
    shadows = [decode_shadow_block(o.value) for o in outputs if o.topic == SHADOW]
    assert {(s.champion and s.champion.version, s.challenger.version) for s in shadows} == {("1", "2")}
    assert all(np.isfinite(s.p_values).all() for s in shadows)
    assert lane.windows.models.versions() == [
        {"lane": "readings", "sensor_type": "flow", "alias": "champion", "model": NAME, "version": "2"}
    ]


def test_a_model_taken_away_and_a_large_one_are_kept_right() -> None:
    shelf, saved = _with(served("isolation_forest", 1)), Saved()
    lane = partition(saved, shelf)
    row = records()[:3]
    lane.apply(RecordColumns.of("t", 0, row))
    saved.update(lane.changes())
    assert partition(saved, ModelShelf(KEYS)).windows.models.versions() == []  # no reading yet, nothing asked for
    restored = partition(saved, ModelShelf(KEYS))
    restored.apply(RecordColumns.of("t", 0, records()[3:4]))
    assert [v["version"] for v in restored.windows.models.versions()] == ["1"]
    shelf.put("champion", {})
    lane.apply(RecordColumns.of("t", 0, records()[3:4]))
    saved.update(lane.changes())
    emptied = partition(saved, ModelShelf(KEYS))
    emptied.apply(RecordColumns.of("t", 0, records()[4:5]))
    assert emptied.windows.models.versions() == []


def test_a_stored_model_of_several_pieces_comes_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.stored_pieces.PIECE_BYTES", 10_000)
    assert PIECE_BYTES == 512 * 1024
    saved = Saved()
    lane = partition(saved, _with(served("isolation_forest", 1)))
    lane.apply(RecordColumns.of("t", 0, records()[:1]))
    saved.update(lane.changes())
    assert sum(key.startswith(b"\0model:readings:champion") for key in saved) > 5
    restored = partition(saved, ModelShelf(KEYS))
    restored.apply(RecordColumns.of("t", 0, records()[1:2]))
    assert [v["version"] for v in restored.windows.models.versions()] == ["1"]


def test_while_what_the_registry_names_may_not_serve_the_old_one_goes_on() -> None:
    saved = Saved()
    shelf = _with(served("mahalanobis", 1))
    lane = partition(saved, shelf)
    lane.apply(RecordColumns.of("t", 0, records()[:1]))
    saved.update(lane.changes())
    shelf.put("champion", {NAME: None})
    lane.apply(RecordColumns.of("t", 0, records()[1:2]))
    assert not any(key.startswith(b"\0model:") for key, _ in lane.changes())
    assert [v["version"] for v in lane.windows.models.versions()] == ["1"]
