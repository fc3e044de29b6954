"""`stream-app worker web` as a process: it answers, streams, and ends at once although a stream is open."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from connectors.embedded_kafka import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from stream_app.worker_children import free_port_from

READY_WITHIN_S = 90.0


@pytest.fixture
def page(broker: EmbeddedKafka, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    create_topics(KafkaConnection(broker.bootstrap))
    port = free_port_from("127.0.0.1", 0)
    env = {name: value for name, value in os.environ.items() if not name.startswith("STREAM_APP_")}
    told = {"BROKERS": broker.bootstrap, "DATA_DIR": str(tmp_path), "WEB__PORT": str(port), "WORKER__PORT": "1"}
    env |= {f"STREAM_APP_{name}": value for name, value in told.items()}
    process = subprocess.Popen([sys.executable, "-m", "stream_app", "worker", "web"], env=env)
    url = f"http://127.0.0.1:{port}"
    end = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                break
        except httpx.TransportError:
            pass
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.1)
    yield process, url
    process.kill()
    process.wait()


def test_answers_streams_and_ends(page: tuple[subprocess.Popen[bytes], str]) -> None:
    process, url = page
    assert httpx.get(f"{url}/api/v1/openapi.json").json()["openapi"].startswith("3.1")
    with httpx.stream("GET", f"{url}/api/v1/stream", params={"topics": "pipeline"}, timeout=20) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        told = (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))
        # It looks every two seconds: the first answers may be of before it was ready.
        pipeline = next(each for each in told if each.get("workers") and each["page"]["following"])
        assert [(worker["url"], worker["alive"]) for worker in pipeline["workers"]] == [("http://127.0.0.1:1", False)]
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert not [line for line in lines if line.startswith("event: anomalies")]
        assert time.monotonic() - began < 1.5, "the stream ended by itself"
    assert process.wait(10) == 0
