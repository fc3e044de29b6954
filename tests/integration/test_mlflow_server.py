"""A real MLflow server: read by its REST interface, stopped, closed to a wrong password, and gone."""

import base64
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from prometheus_client import REGISTRY

from connectors.embedded_kafka.serving import free_port
from connectors.model_registry.aliases import registry_reader
from connectors.model_registry.promotion import promote
from connectors.model_registry.registry import Registry
from schemas.errors import UnavailableError
from schemas.model_events import ModelLoaded
from tests.integration.test_registry_faults import Watched
from tests.unit.serving.made_models import NAME, artefact, fitted

READY_WITHIN_S = 120.0
_VARIABLES = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


class Server:
    """`mlflow server` in a process of its own, with its store and its files in `folder`."""

    def __init__(self, folder: Path) -> None:
        until = time.monotonic() + READY_WITHIN_S
        # A port that was free may be another's by the time that the server listens: then it ends.
        while not self._begin(folder, until):
            assert "already in use" in (folder / "log").read_text(), (folder / "log").read_text()[-3000:]

    def _begin(self, folder: Path, until: float) -> bool:
        """Start it; False where it ended before it answered."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [
            str(Path(sys.executable).with_name("mlflow")), "server", "--host", "127.0.0.1", "--port", str(port),
            "--workers", "1", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
            "--artifacts-destination", str(folder / "artefacts"),
        ]  # fmt: skip
        with (folder / "log").open("wb") as words:
            self.process = psutil.Popen(command, env={**os.environ, **_VARIABLES}, stdout=words, stderr=words)
        while not self._answers():
            if self.process.poll() is not None:
                return False
            assert time.monotonic() < until, (folder / "log").read_text()[-3000:]
            time.sleep(0.2)
        return self.process.poll() is None

    def _answers(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:
            return bool(answer.status == 200)
        return False

    @property
    def processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """The server takes connections, and answers none."""
        for each in self.processes:
            each.suspend()
        try:
            yield
        finally:
            for each in self.processes:
                each.resume()

    def end(self) -> None:
        if self.process.is_running():
            for each in self.processes:
                with suppress(psutil.NoSuchProcess):
                    each.kill()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two versions of a model, the first of which is champion."""
    running = Server(tmp_path_factory.mktemp("mlflow"))
    try:
        registry = Registry(running.url)
        for number, algorithm in enumerate(("mahalanobis", "neighbours"), start=1):
            run_id = registry.begin_run(NAME, {})
            assert registry.new_version(NAME, run_id, {"algorithm": algorithm}, {"lane": "readings"}) == number
            registry.put_artefact(run_id, artefact(fitted(algorithm), number), tmp_path_factory.mktemp("scratch"))
            registry.end_run(run_id, True)
        registry.point(NAME, "champion", 1)
        yield running
    finally:
        running.end()


@contextmanager
def closed_to_strangers(server: Server, user: str, password: str) -> Iterator[str]:
    """The address of a door before the server that asks for a password."""
    right = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code, body = 401, b'{"error_code": "UNAUTHENTICATED", "message": "no"}'
            if self.headers.get("Authorization") == right:
                with urllib.request.urlopen(server.url + self.path, timeout=10) as answer:
                    code, body = answer.status, answer.read()
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{door.server_port}"
        door.shutdown()


def away() -> float | None:
    return REGISTRY.get_sample_value("pdm_registry_away")


def look_until(seen: Watched, versions: dict[str, str | None]) -> None:
    """Look as workers do, again and again, until these versions are offered: a busy server answers late."""
    until = time.monotonic() + READY_WITHIN_S
    while True:
        seen.watch.look()
        if (seen.versions(), away()) == (versions, 0.0):
            return
        assert time.monotonic() < until, (seen.versions(), away())
        time.sleep(0.2)


def test_workers_read_what_a_server_holds(server: Server) -> None:
    reader = registry_reader(server.url)
    aliases = reader.aliases()
    assert {of: target.version for of, target in aliases.items()} == {(NAME, "champion"): 1}
    assert reader.files(aliases[NAME, "champion"]) == artefact(fitted("mahalanobis"), 1).files


def test_a_wrong_password_is_told_of_and_a_right_one_opens(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with closed_to_strangers(server, "me", "right-secret") as url:
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "me")
        for password in ("wrong-secret", ""):
            monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", password)
            seen = Watched(url)
            for ask in (registry_reader(url).aliases, Registry(url).names):
                with pytest.raises(UnavailableError, match=r"(?i)password") as told:
                    ask()
                assert "secret" not in str(told.value)
            seen.watch.look()
            assert (seen.versions()["champion"], away()) == (None, 1.0)
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "right-secret")
        look_until(seen, {"champion": "1", "challenger": None, "canary": None})


def test_a_server_that_hangs_or_dies_changes_nothing_and_is_followed_when_it_is_back(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Watched(server.url)
    look_until(seen, {"champion": "1", "challenger": None, "canary": None})
    with server.stopped():
        monkeypatch.setattr("connectors.model_registry.rest_reader._TIMEOUT_S", 0.5)
        # That it comes back from a server that never answers is what is asked here.
        seen.watch.look()
        assert (seen.versions()["champion"], away()) == ("1", 1.0)
    monkeypatch.undo()
    promote(Registry(server.url), NAME, 2, tmp_path)
    look_until(seen, {"champion": "2", "challenger": "1", "canary": None})
    server.end()
    seen.watch.look()
    assert (seen.versions(), away()) == ({"champion": "2", "challenger": "1", "canary": None}, 1.0)
    with pytest.raises(UnavailableError, match="start it"):
        registry_reader(server.url).aliases()
    assert [type(event) for event in seen.said] == [ModelLoaded] * 3
