"""Real readings and folders of clips, replayed through Kafka: faults come out, event for event as scored offline."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.embedded_kafka import EmbeddedKafka
from models.simulation.sound.parts import RATE_HZ
from schemas.times import format_time, parse_time
from schemas.topics import ANOMALIES, AUDIO_FRAMES, DEAD_LETTERS
from tests.clip_folders import CLIP_S, CLIPS, listed_folder, mimii_folder
from tests.e2e.readings import events, read
from tests.e2e.worker import Worker
from tests.shared_data import shared_data

SERIES = "realKnownCause/machine_temperature_system_failure.csv"
# NAB's third window is a subtle change weeks before the failure; no causal detector of ours is sure of it.
TOLD = (0, 1, 3)
LISTED_S = 1_767_225_600
SOUND = {"STREAM_APP_AUDIO__LEARN_S": "40", "STREAM_APP_AUDIO__CALIBRATE_S": "20"}
TIMES = ("ts", "start_ts", "end_ts")


def stream_app(folder: Path, *arguments: str, brokers: str | None = None) -> None:
    env = {key: value for key, value in os.environ.items() if not key.startswith("STREAM_APP_")}
    env |= SOUND
    env["STREAM_APP_DATA_DIR"] = str(folder / "data")
    if brokers is not None:
        env["STREAM_APP_BROKERS"] = brokers
    command = [str(Path(sys.executable).with_name("stream-app")), *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Yield the folder of a worker that has taken everything in, and its brokers."""
    folder = tmp_path_factory.mktemp("replay")
    file = shared_data(f"nab/data/{SERIES}.gz")
    with gzip.open(file, "rt") as lines:
        rows = sum(1 for _ in lines) - 1
    mimii_folder(folder / "mimii")
    listed_folder(folder / "listed", LISTED_S)
    with EmbeddedKafka(folder / "kafka") as kafka:
        with Worker(kafka.bootstrap, folder, **SOUND) as worker:
            worker.wait_ready()
            stream_app(folder, "replay", str(file), "--speed", "0", brokers=kafka.bootstrap)
            stream_app(folder, "replay", *clip_folders(folder), "--speed", "0", brokers=kafka.bootstrap)
            # NAB repeats a few times: duplicates change nothing.
            worker.wait_metric("pdm_readings_total", rows - 20 + 2 * CLIPS * CLIP_S * RATE_HZ)
            assert worker.stop() == 0
        yield folder, kafka.bootstrap


def clip_folders(folder: Path) -> tuple[str, str]:
    return str(folder / "mimii"), str(folder / "listed")


def scored(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    out = folder / "events.jsonl"
    stream_app(folder, "score", *arguments, "--out", str(out))
    return [json.loads(line) for line in out.read_text().splitlines()]


def at_s(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_known_failures_come_out_and_offline_scoring_says_the_same(replayed: tuple[Path, str]) -> None:
    folder, brokers = replayed
    windows = json.loads(shared_data("nab/combined_windows.json").read_text())[SERIES]
    streamed = [event for event in events(brokers, ANOMALIES) if event["lane"] == "readings"]
    raised = [at_s(e["ts"].rstrip("Z")) for e in streamed if e["type"] == "AnomalyRaised"]
    inside = [[at_s(start) <= t <= at_s(end) for t in raised] for start, end in windows]
    assert all(any(inside[window]) for window in TOLD)
    assert sum(not any(column) for column in zip(*inside, strict=True)) <= 5
    found = scored(folder, str(shared_data(f"nab/data/{SERIES}.gz")))
    assert {e["id"]: e for e in found} == {e["id"]: e for e in streamed}


def test_faults_in_folders_of_clips_come_out_and_offline_scoring_says_the_same(
    replayed: tuple[Path, str],
) -> None:
    folder, brokers = replayed
    assert events(brokers, DEAD_LETTERS) == []
    streamed = [event for event in events(brokers, ANOMALIES) if event["lane"] == "audio"]
    found = scored(folder, *clip_folders(folder))
    assert {e["sensor_id"] for e in found if e["type"] == "AnomalyRaised"} == {"fan_id_00/microphone", "hall/pump"}
    # Clips of MIMII know no time: those replayed end when they were sent, those scored begin in 1970.
    begin_s = min(
        fields["ts"]
        for *_, value, _ in read(brokers, AUDIO_FRAMES)
        if (fields := msgspec.msgpack.decode(value))["microphone_id"].startswith("fan")
    )
    by_id = {e["id"]: e for e in streamed}
    assert set(by_id) == {e["id"] for e in found}
    for event in found:
        assert moved(event, parse_time(begin_s)) == by_id[event["id"]]


def moved(event: dict[str, Any], by_us: int) -> dict[str, Any]:
    """Return an event of a clip that knew no time, told `by_us` later."""
    if event["sensor_id"] == "hall/pump":
        return event
    times = {name: format_time(parse_time(event[name]) + by_us) for name in TIMES if name in event}
    return event | times
