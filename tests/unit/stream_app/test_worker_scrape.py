"""Workers are asked over HTTP, and may be away."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from stream_app.settings import load_settings
from stream_app.standing import worker_standing, worker_urls
from stream_app.worker_children import free_port_from, worker_children
from stream_app.worker_scrape import readiness

METRICS = """
pdm_sensors{lane="readings"} 12
pdm_last_checkpoint_timestamp_seconds{lane="readings"} 1000
"""


class _Views(BaseHTTPRequestHandler):
    ready = True

    def do_GET(self) -> None:
        body = METRICS if self.path == "/metrics" else '{"ready": true, "partitions": {"pdm.readings.v1": [0, 3]}}'
        self.send_response(200 if self.path == "/metrics" or _Views.ready else 503)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Views)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_ready_worker(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    standing = worker_standing(url)
    assert (standing.alive, standing.ready, standing.partitions) == (True, True, {"pdm.readings.v1": [0, 3]})
    assert standing.sensors == 12
    assert standing.checkpoint_age_s is not None
    assert standing.checkpoint_age_s > 1e9


def test_a_worker_that_is_not_ready(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Views, "ready", False)
    assert (readiness(url).alive, readiness(url).ready) == (True, False)


def test_a_worker_that_is_away() -> None:
    assert not worker_standing(f"http://127.0.0.1:{free_port_from('127.0.0.1', 0)}").alive


def test_workers_get_names_and_free_ports(url: str) -> None:
    taken = int(url.rsplit(":", 1)[1])
    settings = load_settings({"STREAM_APP_WORKER__PORT": str(taken), "STREAM_APP_DATA_DIR": "somewhere"})
    first, second, learner = worker_children(settings, "k:1", 2)
    assert [child.spec.name for child in (first, second, learner)] == ["monitor-1", "monitor-2", "learn-1"]
    ports = [int(child.url.rsplit(":", 1)[1]) for child in (first, second, learner)]
    assert taken < ports[0] < ports[1] < ports[2]
    assert learner.spec.command[-3:] == ("learn", "--name", "learn-1")
    assert first.spec.env["STREAM_APP_WORKER__PORT"] == str(ports[0])
    assert first.spec.env["STREAM_APP_BROKERS"] == "k:1"
    assert first.spec.env["STREAM_APP_DATA_DIR"].startswith("/")
    assert first.spec.command[-3:] == ("monitor", "--name", "monitor-1")


def test_any_free_port() -> None:
    settings = load_settings({"STREAM_APP_WORKER__PORT": "0", "STREAM_APP_WORKER__HOST": "0.0.0.0"})
    children = worker_children(settings, "k:1", 2)
    assert all(child.url.startswith("http://127.0.0.1:") for child in children)
    assert not any(child.url.endswith(":0") for child in children)


def test_where_workers_are_looked_for() -> None:
    settings = load_settings({"STREAM_APP_WORKER__PORT": "7000", "STREAM_APP_DATA_DIR": "/nowhere/at/all"})
    assert worker_urls(settings) == ["http://127.0.0.1:7000"]
