"""The gate on a real broker with a real registry: shadow, a share of the assets, promotion; each step an event."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agents.promote import PromoteThread
from connectors.embedded_kafka.broker import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from connectors.model_registry.registry import Registry
from models.promotion.gate import Bounds
from schemas.anomaly_record import ModelRecord, SourceRecord
from schemas.shadow_block import ShadowBlock, encode_shadow_block
from schemas.topics import MODELS, SHADOW
from stream_app.cli import cli as stream_app
from tests.e2e.readings import events, publish
from tests.unit.promotion.test_gate import registered
from tests.unit.serving.made_models import KEY, NAME, artefact, fitted

WITHIN_S = 60.0


@pytest.fixture
def brokers(tmp_path: Path) -> Iterator[str]:
    with EmbeddedKafka(tmp_path / "kafka") as kafka:
        create_topics(KafkaConnection(kafka.bootstrap), partitions=2, replication_factor=1)
        yield kafka.bootstrap


@pytest.fixture
def cli(brokers: str, tmp_path: Path) -> Callable[[list[str]], tuple[int, str]]:
    """`stream-app` with a registry of three signed versions, the first of which is champion."""
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    registry = Registry(uri)
    for number, algorithm in enumerate(("mahalanobis", "neighbours", "half_space_trees"), start=1):
        run_id = registry.begin_run(NAME, {})
        registry.new_version(NAME, run_id, {"algorithm": algorithm}, {"lane": "readings"})
        registry.put_artefact(run_id, artefact(fitted(algorithm), number), tmp_path / f"scratch-{number}")
        registry.end_run(run_id, True)
    registry.point(NAME, "champion", 1)
    keys = tmp_path / "trusted.pem"
    keys.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    env = {
        "STREAM_APP_BROKERS": brokers,
        "STREAM_APP_DATA_DIR": str(tmp_path / "data"),
        "STREAM_APP_MLFLOW_URI": uri,
        "STREAM_APP_MODELS__TRUSTED_KEYS_FILE": str(keys),
        "STREAM_APP_PROMOTION__CANARY_SHARE": "0.2",
    }

    one_at_a_time = threading.Lock()  # within this process; processes wait for each other by files

    def run(arguments: list[str]) -> tuple[int, str]:
        with one_at_a_time:
            done = CliRunner().invoke(stream_app, arguments, env=env)
        return done.exit_code, done.output or str(done.exception)

    return run


def blocks(version: str, asset_id: str, canary: bool, begin: int, challenger: float = 1.0) -> list[tuple[str, bytes]]:
    """300 healthy rows of an asset; the larger `challenger`, the stranger it takes them for."""
    rng = np.random.default_rng(begin)
    found = []
    for at in range(begin, begin + 6):
        p_values = rng.uniform(size=(3, 50))
        p_values[2] **= challenger
        if canary:
            p_values[0] = p_values[2]
        block = ShadowBlock(
            lane="readings", asset_id=asset_id, champion=ModelRecord(NAME, "1"), challenger=ModelRecord(NAME, version),
            sensor_ids=[f"{asset_id}/flow"] * 50, ts_us=(at * 50 + np.arange(50)) * 16_000_000,
            flags=np.zeros(50, np.int64), source=SourceRecord("t", 0, 0, 1), p_values=p_values.astype(np.float32),
            canary=canary, champion_weight=0.2, members=5,
        )  # fmt: skip
        found.append((asset_id, encode_shadow_block(block)))
    return found


def told(brokers: str, version: str, last: str, rows: list[tuple[str, bytes]]) -> list[dict[str, Any]]:
    """The events of a version, once one of the type `last` is among them; meanwhile its rows go on coming."""
    until = time.monotonic() + WITHIN_S
    while True:
        found = [event for event in events(brokers, MODELS) if event["version"] == version]
        if any(event["type"] == last for event in found):
            return found
        assert time.monotonic() < until, found
        publish(brokers, SHADOW, rows)
        time.sleep(0.5)


def test_a_bad_challenger_ends_after_its_share_and_a_good_one_is_promoted_once(
    brokers: str, cli: Callable[[list[str]], tuple[int, str]], tmp_path: Path
) -> None:
    said: list[tuple[list[str], int, str]] = []

    def command(arguments: list[str]) -> tuple[int, str]:
        code, words = cli(arguments)
        said.append((arguments, code, words))
        return code, words

    # While partitions move, two workers may both take themselves for the one that decides.
    bounds = Bounds(rows=250, canary_rows=250)
    gates = [
        PromoteThread(KafkaConnection(brokers), bounds, "automatic", lambda model: True, 0.2, command) for _ in range(2)
    ]
    registry = Registry(f"sqlite:///{tmp_path}/mlflow.db")
    for gate in gates:
        gate.start()
    try:
        for version, challenger, end in (("2", 20.0, "CanaryEnded"), ("3", 1.0, "ModelPromoted")):
            publish(brokers, MODELS, [(NAME, registered(version).model_dump_json().encode())])
            begun = told(brokers, version, "CanaryBegan", blocks(version, "a", False, 0))
            (began,) = [each for each in begun if each["type"] == "CanaryBegan"]
            assert (began["share"], began["by"], began["mode"]) == (0.2, "gate", "automatic")
            assert (registry.alias(NAME, "champion"), registry.alias(NAME, "canary")) == (1, int(version))
            told(brokers, version, end, blocks(version, "b", True, 10, challenger))
    finally:
        for gate in gates:
            gate.end()
        for gate in gates:
            gate.join(30)
    assert [registry.alias(NAME, alias) for alias in ("champion", "former", "canary")] == [3, 1, None]
    found = events(brokers, MODELS)
    decided = {(each["version"], each["stage"], each["passed"]) for each in found if each["type"] == "GateDecided"}
    assert decided == {("2", "shadow", True), ("2", "canary", False), ("3", "shadow", True), ("3", "canary", True)}
    # Who came second was told so, and nothing was done twice.
    assert Counter((each["version"], each["type"]) for each in found if each["type"] != "GateDecided") == {
        ("2", "ModelRegistered"): 1,
        ("2", "CanaryBegan"): 1,
        ("2", "CanaryEnded"): 1,
        ("3", "ModelRegistered"): 1,
        ("3", "CanaryBegan"): 1,
        ("3", "ModelPromoted"): 1,
    }
    second = ("already", "judges all", "by now", "challenger no more")
    assert all(any(word in words for word in second) for _, code, words in said if code), said
    assert sum(code == 0 for _, code, _ in said) == 4
