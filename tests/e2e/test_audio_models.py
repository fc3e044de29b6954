"""Models of sound from the clips that a worker published on a real broker: trained, promoted, judging microphones."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from connectors.embedded_kafka.broker import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from schemas.topics import ANOMALIES, AUDIO_FRAMES, MODELS, SENSOR_HEALTH
from tests.e2e.readings import events, publish
from tests.e2e.worker import Worker
from tests.property.agents.sounds import message, noise

MODEL = "pdm.audio.fan"
MICROPHONES = ("fan-1/mic", "fan-2/mic")
PUMP = "fan-1/pump"
RATE_HZ = 16_000
SETTINGS = {
    "STREAM_APP_KAFKA__PARTITIONS": "2",
    "STREAM_APP_AUDIO__SPAN_S": "1",
    "STREAM_APP_AUDIO__HOP_S": "0.25",
    "STREAM_APP_AUDIO__LEARN_S": "8",
    "STREAM_APP_AUDIO__CALIBRATE_S": "5",
}
WITHIN_S = 60.0


class Hall:
    """Publishes the sound of two fans, and of a pump beside the first, a second in a frame."""

    def __init__(self, brokers: str) -> None:
        self._brokers = brokers
        self.at = 0
        self.kinds = {**dict.fromkeys(MICROPHONES, "fan"), PUMP: "pump"}

    def run(self, seconds: int, whistle: bool = False) -> int:
        """Publish so much more of all that are there; the first fan may whistle. Returns the samples sent."""
        sent: list[tuple[str, bytes]] = []
        time_s = np.arange(RATE_HZ) / RATE_HZ
        for second in range(self.at, self.at + seconds):
            for i, (name, kind) in enumerate(self.kinds.items()):
                sound = (1.0 + 0.5 * i) * noise(1.0, RATE_HZ, 10 * second + i)
                if whistle and i == 0:
                    sound += 0.2 * np.sin(2 * np.pi * 2_900.0 * time_s)
                frame = message(name, sound, second * RATE_HZ, second, RATE_HZ, sensor_type=kind)
                sent.append((name.partition("/")[0], frame))
        publish(self._brokers, AUDIO_FRAMES, sent)
        self.at += seconds
        return len(sent) * RATE_HZ


@pytest.fixture
def brokers(tmp_path: Path) -> Iterator[str]:
    with EmbeddedKafka(tmp_path / "kafka") as kafka:
        create_topics(KafkaConnection(kafka.bootstrap), partitions=2, replication_factor=1)
        yield kafka.bootstrap


@pytest.fixture
def cli(brokers: str, tmp_path: Path) -> Callable[..., Any]:
    env = {"PATH": "/usr/bin:/bin", "STREAM_APP_BROKERS": brokers, "STREAM_APP_DATA_DIR": str(tmp_path / "data")}

    def run(*arguments: str) -> Any:
        command = [str(Path(sys.executable).with_name("stream-app")), *arguments, "--json"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run


def wait_for(worker: Worker, hall: Hall, alias: str, version: str) -> None:
    """Keep sound coming until a version of the model is in service, where sound comes, and nowhere else."""
    end = time.monotonic() + WITHIN_S
    while True:
        hall.run(1)
        models = worker.get("/models/")["models"]
        if {one["version"] for one in models if (one["model"], one["alias"]) == (MODEL, alias)} == {version}:
            assert {(one["lane"], one["sensor_type"]) for one in models} == {("audio", "fan")}
            return
        assert time.monotonic() < end, (models, worker.log.read_text()[-3000:])
        time.sleep(0.2)


def test_a_bank_of_clips_from_kafka_is_promoted_and_judges(
    brokers: str, tmp_path: Path, cli: Callable[..., Any]
) -> None:
    hall = Hall(brokers)
    train = ("--lane", "audio", "--sensor-type", "fan")
    with Worker(brokers, tmp_path, **SETTINGS) as worker:
        worker.wait_ready()
        worker.wait_metric("pdm_readings_total", hall.run(60))
        first = cli("train", "reconstruction_ensemble", *train)
        assert (first["model"], first["version"], first["lane"], first["alias"]) == (MODEL, "1", "audio", "champion")
        assert first["data"]["sensors"] == len(MICROPHONES)
        assert {r["partition"] for r in first["data"]["ranges"]} <= {0, 1}
        wait_for(worker, hall, "champion", "1")
        del hall.kinds[PUMP]

        second = cli("train", "mahalanobis", *train)
        assert (second["version"], second["alias"], second["champion"]["version"]) == ("2", "challenger", "1")
        wait_for(worker, hall, "challenger", "2")
        cli("models", "promote", MODEL)
        wait_for(worker, hall, "champion", "2")
        # A microphone calibrates the scores of a new champion by itself before that one judges it.
        hall.run(25)
        hall.run(6, whistle=True)
        end = time.monotonic() + WITHIN_S
        judge = {"name": MODEL, "version": "2"}
        while not (raised := [event for event in events(brokers, ANOMALIES) if event["model"] == judge]):
            assert time.monotonic() < end, worker.log.read_text()[-3000:]
            time.sleep(0.2)
        assert worker.stop() == 0, worker.log.read_text()[-3000:]
    assert (raised[0]["type"], raised[0]["sensor_id"]) == ("AnomalyRaised", "fan-1/mic")
    assert "champion" in raised[0]["detectors"]
    assert raised[0]["features"][0]["direction"] == "high"
    # Beside the first fan it is missed.
    assert [(e["sensor_id"], e["state"]) for e in events(brokers, SENSOR_HEALTH)] == [(PUMP, "silent")]
    told = [event["type"] for event in events(brokers, MODELS)]
    assert [kind for kind in told if kind in {"ModelRegistered", "ModelPromoted"}] == [
        "ModelRegistered", "ModelRegistered", "ModelPromoted",
    ]  # fmt: skip
