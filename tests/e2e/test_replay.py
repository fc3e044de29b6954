"""A real machine's temperature, replayed through Kafka: its failures come out, event for event as scored offline."""

import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from connectors.embedded_kafka import EmbeddedKafka
from schemas.topics import ANOMALIES
from tests.e2e.readings import events
from tests.e2e.worker import Worker
from tests.shared_data import shared_data

SERIES = "realKnownCause/machine_temperature_system_failure.csv"
# NAB's third window is a subtle change weeks before the failure; no causal detector of ours is sure of it.
TOLD = (0, 1, 3)


def stream_app(folder: Path, *arguments: str, brokers: str | None = None) -> None:
    env = {key: value for key, value in os.environ.items() if not key.startswith("STREAM_APP_")}
    env["STREAM_APP_DATA_DIR"] = str(folder / "data")
    if brokers is not None:
        env["STREAM_APP_BROKERS"] = brokers
    command = [str(Path(sys.executable).with_name("stream-app")), *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr[-2000:]


def at_s(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_known_failures_come_out_and_offline_scoring_says_the_same(tmp_path: Path) -> None:
    file = shared_data(f"nab/data/{SERIES}.gz")
    windows = json.loads(shared_data("nab/combined_windows.json").read_text())[SERIES]
    with gzip.open(file, "rt") as lines:
        rows = sum(1 for _ in lines) - 1
    with EmbeddedKafka(tmp_path / "kafka") as kafka, Worker(kafka.bootstrap, tmp_path) as worker:
        worker.wait_ready()
        stream_app(tmp_path, "replay", str(file), "--speed", "0", brokers=kafka.bootstrap)
        worker.wait_metric("pdm_readings_total", rows - 20)  # NAB repeats a few times: duplicates change nothing
        worker.wait_metric("pdm_anomalies_total", 1)
        assert worker.stop() == 0
        streamed = events(kafka.bootstrap, ANOMALIES)
    raised = [at_s(e["ts"].rstrip("Z")) for e in streamed if e["type"] == "AnomalyRaised"]
    inside = [[at_s(start) <= t <= at_s(end) for t in raised] for start, end in windows]
    assert all(any(inside[window]) for window in TOLD)
    assert sum(not any(column) for column in zip(*inside, strict=True)) <= 5

    out = tmp_path / "events.jsonl"
    stream_app(tmp_path, "score", str(file), "--out", str(out))
    scored = [json.loads(line) for line in out.read_text().splitlines()]
    assert {e["id"]: e for e in scored} == {e["id"]: e for e in streamed}
