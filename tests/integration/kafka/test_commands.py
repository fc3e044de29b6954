"""`stream-app broker` and `stream-app topics`, as a user runs them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from connectors.embedded_kafka import EmbeddedKafka
from connectors.kafka.connection import KafkaConnection
from connectors.kafka.writer import BulkWriter
from schemas.topics import TOPICS
from tests.conftest import NewTopic

COMMAND = [sys.executable, "-m", "stream_app"]


def _env(**settings: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STREAM_APP_")}
    return clean | {f"STREAM_APP_{name}": value for name, value in settings.items()}


def _run(*arguments: str, code: int = 0, **settings: str) -> str:
    done = subprocess.run(
        [*COMMAND, *arguments], check=False, capture_output=True, text=True, timeout=60, env=_env(**settings)
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    process = subprocess.Popen(
        [*COMMAND, "broker", "--data-dir", str(tmp_path), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_env(),
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def test_a_broker_is_found_used_and_ended(
    own_broker: tuple[subprocess.Popen[str], dict[str, Any]], tmp_path: Path
) -> None:
    process, ready = own_broker
    assert ready["ready"] is True
    assert ready["data_dir"] == str(tmp_path)

    created = json.loads(_run("--json", "topics", "create", DATA_DIR=str(tmp_path)))
    assert set(created["created"]) == set(TOPICS)
    again = json.loads(_run("topics", "create", "pdm.late.v1", "--json", BROKERS=ready["brokers"]))
    assert again == {"created": [], "existed": ["pdm.late.v1"]}

    [java] = psutil.Process(process.pid).children()
    begun_s = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert time.monotonic() - begun_s < 3
    assert not java.is_running()
    assert "No Kafka is configured and none runs" in _run("topics", "list", code=4, DATA_DIR=str(tmp_path))


def test_topics_are_listed(broker: EmbeddedKafka, new_topic: NewTopic) -> None:
    foreign = new_topic(partitions=3)
    rows = {
        row["name"]: row for row in json.loads(_run("topics", "list", "--json", BROKERS=broker.bootstrap))["topics"]
    }
    assert set(TOPICS) <= set(rows)
    assert rows["pdm.readings.v1"]["key"] == "asset_id"
    assert (rows[foreign]["exists"], rows[foreign]["partitions"]) == (True, 3)
    assert "pdm.readings.v1" in _run("topics", "list", BROKERS=broker.bootstrap)


def test_tail_shows_what_was_written(broker: EmbeddedKafka, connection: KafkaConnection, new_topic: NewTopic) -> None:
    topic = new_topic()
    with BulkWriter(connection) as writer:
        writer.send(topic, b"pump", b'{"value": 1.5}', headers=[("ce_id", b"7")], timestamp_ms=1_700_000_000_000)
        writer.send(topic, b"pump", "zwölf\nlines".encode(), timestamp_ms=1_700_000_001_000)
        writer.send(topic, b"fan", b"\xff\x00")
        writer.send(topic, b"fan", None)

    def run(*arguments: str, code: int = 0) -> str:
        return _run("topics", *arguments, code=code, BROKERS=broker.bootstrap)

    printed = run("tail", topic, "--from", "beginning", "--until-end", "--json")
    lines = [json.loads(line) for line in printed.splitlines()]
    assert lines[0] == {
        "topic": topic, "partition": 0, "offset": 0, "ts": "2023-11-14T22:13:20.000000Z",
        "key": "pump", "headers": {"ce_id": "7"}, "value": {"value": 1.5},
    }  # fmt: skip
    assert [line.get("value") for line in lines[1:]] == ["zwölf\nlines", None, None]
    assert lines[2]["value_b64"] == "/wA="

    since = run("tail", topic, "--from", "2023-11-14T22:13:21Z", "--limit", "1")
    assert since == "0:1 2023-11-14T22:13:21.000000Z pump zwölf lines\n"
    fans = run("tail", topic, "--from", "beginning", "--until-end", "--key", "fan")
    assert [line.split()[0] for line in fans.splitlines()] == ["0:2", "0:3"]


def test_mistakes_are_told(broker: EmbeddedKafka) -> None:
    def run(*arguments: str, code: int = 0) -> str:
        return _run("topics", *arguments, code=code, BROKERS=broker.bootstrap)

    assert "'yesterday' is no place" in run("tail", "pdm.late.v1", "--from", "yesterday", code=2)
    assert "topic 'pdm.nothing' is not declared" in run("create", "pdm.nothing", code=2)
    assert "topic no.such does not exist" in run("tail", "no.such", "--until-end", code=4)
