"""A model from the data of a real worker into its service: trained, signed, promoted, rolled back, refused."""

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
from schemas.feature_block import decode_feature_block
from schemas.shadow_block import decode_shadow_block
from schemas.topics import ANOMALIES, FEATURES, MODELS, READINGS, SHADOW, SIGNALS
from tests.e2e.readings import START_S, events, publish, read
from tests.e2e.worker import Worker
from tests.unit.agents.block_models import NAME as MOTORS
from tests.unit.agents.block_models import SENSORS as MOTORS_OF_PLANT
from tests.unit.agents.block_models import plant as motors

SENSORS = [f"pump-{i}/flow" for i in range(4)]
MODEL = "pdm.readings.flow"


class Plant:
    """Publishes readings of four sensors, 100 of each in a message."""

    def __init__(self, brokers: str) -> None:
        self._brokers = brokers
        self._rng = np.random.default_rng(1)
        self.at = 0

    def run(self, n: int, spread: float = 1.0) -> int:
        """Publish n more readings of each sensor; return how many those were."""
        for begin in range(self.at, self.at + n, 100):
            values = self._rng.normal(50.0, spread, (len(SENSORS), 100)).round(4).tolist()
            batch = [
                (sensor.split("/")[0], json.dumps([
                    {"sensor_id": sensor, "sensor_type": "flow", "ts": START_S + at, "seq": at, "value": value}
                    for at, value in enumerate(of, begin)
                ]).encode())
                for sensor, of in zip(SENSORS, values, strict=True)
            ]  # fmt: skip
            publish(self._brokers, READINGS, batch)
        self.at += n
        return n * len(SENSORS)


@pytest.fixture
def brokers(tmp_path: Path) -> Iterator[str]:
    with EmbeddedKafka(tmp_path / "kafka") as kafka:
        create_topics(KafkaConnection(kafka.bootstrap), partitions=2, replication_factor=1)
        yield kafka.bootstrap


@pytest.fixture
def cli(brokers: str, tmp_path: Path) -> Callable[..., Any]:
    env = {"PATH": "/usr/bin:/bin", "STREAM_APP_BROKERS": brokers, "STREAM_APP_DATA_DIR": str(tmp_path / "data")}

    def run(*arguments: str, code: int = 0) -> Any:
        command = [str(Path(sys.executable).with_name("stream-app")), *arguments, "--json"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == code, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1]) if code == 0 else done.stderr

    return run


def wait_for(worker: Worker, plant: Plant, wanted: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    """Keep readings coming until the models in service are as wanted."""
    end = time.monotonic() + 60.0
    while True:
        plant.run(100)
        models: list[dict[str, Any]] = worker.get("/models/")["models"]
        if wanted(models):
            return models
        assert time.monotonic() < end, (models, worker.log.read_text()[-3000:])
        time.sleep(0.2)


def send_blocks(brokers: str, first: int, last: int) -> None:
    """Publish the waveform blocks of a few motors, and wait for their feature rows."""
    values = [value for *_, value in motors(last)][first * MOTORS_OF_PLANT :]
    publish(brokers, SIGNALS, [("motors", value) for value in values if value])
    end = time.monotonic() + 60.0
    while sum(decode_feature_block(value).lane == "signals" for *_, value, _ in read(brokers, FEATURES)) < (
        last * MOTORS_OF_PLANT
    ):
        assert time.monotonic() < end
        time.sleep(0.2)


def in_service(alias: str, version: str) -> Callable[[list[dict[str, Any]]], bool]:
    def wanted(models: list[dict[str, Any]]) -> bool:
        found = {m["version"] for m in models if m["alias"] == alias and m["model"] == MODEL}
        return found == {version}

    return wanted


def in_shadow(brokers: str) -> set[tuple[str | None, str]]:
    """The versions that judged the same rows: champion and challenger, or champion and the one before."""
    shadows = [decode_shadow_block(value) for *_, value, _ in read(brokers, SHADOW)]
    return {(s.champion.version if s.champion else None, s.challenger.version) for s in shadows}


def test_train_serve_promote_and_roll_back(brokers: str, tmp_path: Path, cli: Callable[..., Any]) -> None:
    plant = Plant(brokers)
    settings = {"STREAM_APP_KAFKA__PARTITIONS": "2", "STREAM_APP_DETECTION__LEARN_READINGS": "100"}
    assert "no feature rows" in cli("train", "mahalanobis", "--sensor-type", "flow", code=5)
    with Worker(brokers, tmp_path, **settings) as worker:
        worker.wait_ready()
        worker.wait_metric("pdm_readings_total", plant.run(4000))
        first = cli("train", "isolation_forest", "--sensor-type", "flow")
        assert (first["model"], first["version"], first["champion"]) == (MODEL, "1", None)
        assert {r["partition"] for r in first["data"]["ranges"]} <= {0, 1}
        wait_for(worker, plant, in_service("champion", "1"))

        second = cli("train", "mahalanobis", "--sensor-type", "flow")
        assert (second["version"], second["champion"]["version"]) == ("2", "1")
        assert set(second["metrics"]) <= set(second["champion"]["metrics"]) | {"stability"}
        # Once it has judged a row, it has been in service.
        wait_for(worker, plant, lambda models: ("1", "2") in in_shadow(brokers))
        cli("models", "promote", MODEL)
        wait_for(worker, plant, in_service("champion", "2"))
        plant.run(600, spread=6.0)
        end = time.monotonic() + 30.0
        while not (raised := [e for e in events(brokers, ANOMALIES) if e["model"] == {"name": MODEL, "version": "2"}]):
            assert time.monotonic() < end, [e["model"] for e in events(brokers, ANOMALIES)]
            plant.run(100, spread=6.0)
        assert "champion" in raised[0]["detectors"]

        [one, *_] = first["data"]["ranges"]
        before_blocks = f"{one['partition']}:{one['first_offset']}-{one['last_offset']}"
        send_blocks(brokers, 0, 200)
        assert "no feature rows" in cli("train", "mahalanobis", "--lane", "signals", "--offsets", before_blocks, code=5)
        assert "those before it" in cli("train", "lightgbm_forecast", "--lane", "signals", code=2)
        of_motors = cli("train", "mahalanobis", "--lane", "signals", "--sensor-type", "motor")
        assert (of_motors["model"], of_motors["version"], of_motors["alias"]) == (MOTORS, "1", "champion")
        assert of_motors["data"]["sensors"] == MOTORS_OF_PLANT
        send_blocks(brokers, 200, 210)
        wait_for(worker, plant, lambda models: {m["model"] for m in models if m["lane"] == "signals"} == {MOTORS})

        wait_for(worker, plant, lambda models: ("2", "1") in in_shadow(brokers))
        cli("models", "rollback", MODEL)
        wait_for(worker, plant, in_service("champion", "1"))
        # What a worker does not trust stays out of service, and the old version goes on.
        [served] = (tmp_path / "data/mlflow/artefacts").rglob(f"{second['run_id']}/artifacts/model/artifacts/served")
        content = (served / "model.safetensors").read_bytes()
        (served / "model.safetensors").write_bytes(content[:-8] + bytes(8))
        worker.kill()
        assert "is not what was signed" in cli("models", "promote", MODEL, "2", code=5)

    told = [event for event in events(brokers, MODELS) if event["model"] == MODEL]
    assert [e["type"] for e in told if e["type"] in {"ModelRegistered", "ModelPromoted", "ModelRolledBack"}] == [
        "ModelRegistered", "ModelRegistered", "ModelPromoted", "ModelRolledBack",
    ]  # fmt: skip
