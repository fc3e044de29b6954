"""The page among what `up` starts, and what `status` and `doctor` say of it."""

import socket
from pathlib import Path

import pytest

from stream_app.checks.workers_check import page_check
from stream_app.roles.web import worker_addresses
from stream_app.running import leave_note
from stream_app.settings import load_settings
from stream_app.standing import WorkerStanding, page_standing
from stream_app.worker_children import web_child


def standing(alive: bool = False, ready: bool = False) -> WorkerStanding:
    return WorkerStanding("http://127.0.0.1:1", alive, ready, partitions={})


def test_the_page_counts_on_from_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = load_settings({"STREAM_APP_WEB__PORT": str(port), "STREAM_APP_DATA_DIR": str(tmp_path)})
        child = web_child(settings, "k:1")
    assert child is not None
    told = int(child.spec.env["STREAM_APP_WEB__PORT"])
    assert told > port
    assert child.url == f"http://127.0.0.1:{told}"
    assert child.spec.command[-4:] == ("worker", "web", "--name", "web")


def test_without_its_packages_there_is_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert web_child(load_settings({}), "k:1") is None


def test_the_page_is_found_by_its_note(tmp_path: Path) -> None:
    settings = load_settings({"STREAM_APP_DATA_DIR": str(tmp_path)})
    assert page_standing(settings) is None
    leave_note(tmp_path, "k:1", ("http://127.0.0.1:2",), "http://127.0.0.1:1")
    assert page_standing(settings) == standing()
    assert worker_addresses(settings) == ["http://127.0.0.1:2"]


def test_every_worker_behind_a_name_is_asked(tmp_path: Path) -> None:
    told = {"STREAM_APP_DATA_DIR": str(tmp_path), "STREAM_APP_WORKER__HOST": "localhost"}
    assert worker_addresses(load_settings(told)) == ["http://127.0.0.1:6066"]


def test_what_the_doctor_says_of_it() -> None:
    assert list(page_check(None)) == []
    verdicts = [next(page_check(one)).verdict for one in (standing(), standing(alive=True))]
    assert verdicts == ["broken", "attention"]
    assert next(page_check(standing(alive=True, ready=True))).verdict == "ok"
