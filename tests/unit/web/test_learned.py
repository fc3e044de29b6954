"""Events of models, drift and retraining: each heard once, told on the stream, and put together."""

import re
from pathlib import Path
from typing import Literal, get_args

import pytest
from fastapi.testclient import TestClient

from schemas.drift import Action, Cause
from schemas.model_events import (
    MODEL_CE_TYPES,
    GateCheck,
    GateDecided,
    ModelEvent,
    ModelLoaded,
    ModelPromoted,
    ModelRefused,
    ModelRegistered,
    ModelRolledBack,
    model_record,
)
from schemas.retraining import RETRAINING_CE_TYPES
from stream_app.web.app import make_app
from stream_app.web.event_log import EventLog
from stream_app.web.event_stream import EventStream
from stream_app.web.learning.books import Learned
from stream_app.web.learning.reports import Reports
from stream_app.web.learning.told import Told
from stream_app.web.pages import STATIC
from tests.unit.web.filled import filled, parts, record
from tests.unit.web.test_event_stream import told

MODEL = "pdm.readings.flow"
AT = "2026-01-02T03:04:{:02d}.000000Z"


def registered(version: str, alias: Literal["champion", "challenger"], at: int) -> ModelRegistered:
    return ModelRegistered(
        id=f"r{version}", model=MODEL, version=version, ts=AT.format(at), algorithm="neighbours", lane="readings",
        sensor_type="flow", run_id="run", alias=alias, rows=9, metrics={"stability": 0.9}, champion_version=None,
        champion_metrics={},
    )  # fmt: skip


def loaded(version: str, at: int, worker: str = "w") -> ModelLoaded:
    return ModelLoaded(
        id=f"l{version}{at}",
        model=MODEL,
        version=version,
        ts=AT.format(at),
        alias="champion",
        worker=worker,
        digest="0",
    )


def promoted(version: str, before: str, at: int) -> ModelPromoted:
    return ModelPromoted(
        id=f"p{at}", model=MODEL, version=version, ts=AT.format(at), previous_version=before, by="Ada", mode="manual",
        reason="better",
    )  # fmt: skip


def rolled_back(version: str, before: str, at: int) -> ModelRolledBack:
    return ModelRolledBack(
        id=f"b{at}", model=MODEL, version=version, ts=AT.format(at), previous_version=before, by="gate",
        mode="automatic", reason="rare_share",
    )  # fmt: skip


REFUSED = ModelRefused(
    id="x", model=MODEL, version="2", ts=AT.format(5), alias="champion", worker="w", reason="altered", detail="d"
)
GATE = GateDecided(
    id="g", model=MODEL, version="2", ts=AT.format(3), champion_version="1", passed=True, mode="manual", reason="",
    checks=[GateCheck(name="rare_share", value=0.01, champion=0.02, bound=0.05, passed=True)],
)  # fmt: skip
LIFE: list[ModelEvent] = [
    registered("1", "champion", 0), loaded("1", 1), registered("2", "challenger", 2), GATE, promoted("2", "1", 4),
    REFUSED,
]  # fmt: skip


def message(event: ModelEvent) -> bytes:
    return model_record(event, 0)[1]


def test_a_life_told_by_events() -> None:
    half = Told.of(LIFE[:4])
    assert half.aliases == {"champion": "1", "challenger": "2"}
    assert half.decided["2"].passed
    whole = Told.of(LIFE)
    assert whole.aliases == {"champion": "2", "former": "1"}
    assert (whole.loaded_by("1"), whole.loaded_by("2")) == ({"w": "champion"}, {})
    assert [each.reason for each in whole.refused_by("2")] == ["altered"]
    back = Told.of([*LIFE, loaded("2", 6), rolled_back("1", "2", 7), loaded("1", 8)])
    assert back.aliases == {"champion": "1"}
    assert (back.loaded_by("1"), back.refused_by("2")) == ({"w": "champion"}, [])


def test_each_event_counts_once_and_the_oldest_are_forgotten() -> None:
    log: EventLog[ModelEvent] = Learned().models
    assert log.take(message(LIFE[0]))
    assert not log.take(message(LIFE[0]))
    assert not log.take(b'{"type": "ModelForgotten"}')
    assert log.take(message(LIFE[1]))
    assert [event.id for event in log.newest()] == ["l11", "r1"]
    assert ([event.id for event in log.since(1)], log.since(2)) == (["l11"], [])
    assert log.of("pdm.readings.other") == []
    small: EventLog[ModelEvent] = EventLog(log._decode, kept=2)
    for event in LIFE:
        small.take(message(event))
    assert ([event.id for event in small.of()], len(small), small.version) == (["p4", "x"], 2, len(LIFE))
    assert (small.of(MODEL), list(small.models)) == (small.of(), [MODEL])


def test_the_stream_tells_what_is_new() -> None:
    store = filled()
    store.take_models([record(message(LIFE[0]))])
    made = parts(store)
    events = EventStream(store, made.watch, made.closing, {"models", "drift"}, [])
    assert events.due() == []
    store.take_models([record(message(event)) for event in LIFE[:3]])
    assert [event["id"] for event in told(events.due())["models"]] == ["l11", "r2"]
    assert events.due() == []


def test_reports_are_files_of_one_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.html").write_text("not here")
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "drift-1.html").write_text("<p>drift</p>")
    (folder / "linked.html").symlink_to(tmp_path / "secret.html")
    made = parts(filled())
    made.learning.reports = Reports(folder)
    with TestClient(make_app(made)) as client:
        [one] = client.get("/api/v1/drift/reports").json()["reports"]
        answer = client.get(one["url"])
        assert (one["name"], answer.text) == ("drift-1.html", "<p>drift</p>")
        assert "script-src" not in answer.headers["content-security-policy"]
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        for name in ("linked.html", "..%2Fsecret.html", "none.html", "words"):
            assert client.get(f"/api/v1/drift/reports/{name}").status_code == 404
    assert Reports(tmp_path / "none").newest() == []


def test_the_page_has_words_for_everything_that_is_told() -> None:
    words = (STATIC / "app" / "learning_words.js").read_text("utf-8")
    told = [*MODEL_CE_TYPES, *RETRAINING_CE_TYPES]
    assert [event.__name__ for event in told if f"  {event.__name__}: (e) =>" not in words] == []
    for name, values in (("CAUSES", Cause), ("CAUSE_STATES", Cause), ("ACTIONS", Action)):
        found = re.search(rf"export const {name} = \{{(.*?)\}};", words, re.DOTALL)
        assert found is not None
        assert set(re.findall(r"(\w+): \"", found[1])) == set(get_args(values))


@pytest.mark.parametrize("since", ["yesterday", "1e999"])
def test_a_time_that_is_none_is_told(since: str) -> None:
    with TestClient(make_app(parts(filled()))) as client:
        assert client.get("/api/v1/drift", params={"since": since}).status_code == 422
        assert client.get("/api/v1/drift").json() == {"total": 0, "events": []}
