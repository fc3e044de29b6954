"""A model with three versions in a real MLflow store, and what Kafka tells of it: life, shadow, drift, retraining."""

import json
import time
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.writer import BulkWriter
from connectors.model_artefacts.keys import KEY_FILE
from connectors.model_registry.registry import Registry
from schemas.anomaly import AnomalySource
from schemas.anomaly_record import ModelRecord, SourceRecord
from schemas.drift import DriftDetected, DriftFeature, DriftJoint
from schemas.model_events import ModelEvent, ModelLoaded, ModelRefused, ModelRegistered, model_record
from schemas.retraining import RetrainingEvent, RetrainingRequested, RetrainingStarted, RetrainingSucceeded
from schemas.shadow_block import DEFAULT_MEMBERS, DEFAULT_WEIGHT, ShadowBlock, encode_shadow_block
from schemas.times import format_time
from schemas.topics import DRIFT, MODELS, READINGS, RETRAINING, SHADOW
from tests.unit.serving.made_models import KEY, artefact, fitted

TYPE = f"paper {time.time_ns()}"
MODEL = f"pdm.readings.{TYPE.replace(' ', '%20')}"
ASSETS = [f"press-{n}" for n in range(1, 4)]
NOW_US = time.time_ns() // 1000
SHADOW_ROWS = 240

METRICS = {
    1: {"injected_roc_auc": 0.951, "injected_recall": 0.62, "false_alarms_per_sensor_hour": 0.031, "stability": 0.93,
        "calibration_ratio": 1.6, "latency_us_per_row": 1.8},
    2: {"injected_roc_auc": 0.987, "injected_recall": 0.74, "false_alarms_per_sensor_hour": 0.012, "stability": 0.97,
        "calibration_ratio": 1.1, "latency_us_per_row": 2.6},
    3: {"stability": 0.31},
}  # fmt: skip


def fill_registry(data_dir: Path) -> str:
    """Register three versions, the first champion and the second challenger, signed by the key put into `data_dir`."""
    keys = data_dir / "keys"
    keys.mkdir(parents=True)
    (keys / KEY_FILE).write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    uri = f"sqlite:///{data_dir}/mlflow/mlflow.db"
    registry = Registry(uri)
    for number, algorithm in ((1, "neighbours"), (2, "mahalanobis"), (3, "mahalanobis")):
        run_id = registry.begin_run(MODEL, {})
        tags = {"algorithm": algorithm, "data_from": _ago(30 + number), "data_to": _ago(2)}
        assert registry.new_version(MODEL, run_id, tags, {"lane": "readings"}) == number
        registry.log(run_id, {"seed": 1}, METRICS[number])
        told = artefact(fitted(algorithm), number, name=MODEL, sensor_type=TYPE)
        registry.put_artefact(run_id, told, data_dir.parent / f"scratch-{number}")
        registry.end_run(run_id, True)
    registry.point(MODEL, "champion", 1)
    registry.point(MODEL, "challenger", 2)
    return uri


def publish_all(connection: KafkaConnection) -> None:
    """Publish what Kafka tells of the model."""
    drift = _drift()
    with BulkWriter(connection) as writer:
        for asset in ASSETS:
            writer.send(READINGS, asset.encode(), _readings(f"{asset}/flow"))
        for event in _life():
            writer.send(MODELS, *model_record(event, NOW_US))
        writer.flush()
        for block in _shadow():
            writer.send(SHADOW, ASSETS[0].encode(), block)
        for change in drift:
            writer.send(DRIFT, MODEL.encode(), change.model_dump_json().encode())
        for step in _training(drift[0]):
            writer.send(RETRAINING, MODEL.encode(), step.model_dump_json().encode())


def _readings(sensor_id: str) -> bytes:
    """Five minutes of a reading a second, up to now."""
    value = np.random.default_rng(1).normal(50.0, 1.0, 300).round(3).tolist()
    first_s = NOW_US // 1_000_000 - len(value)
    return json.dumps([{"sensor_id": sensor_id, "ts": first_s + i, "value": v} for i, v in enumerate(value)]).encode()


def _ago(hours: float) -> str:
    return format_time(NOW_US - round(hours * 3.6e9))


def _registered(number: int, hours: float) -> ModelRegistered:
    champion = 1 if number > 1 else None
    return ModelRegistered(
        id=f"{MODEL}-{number}", model=MODEL, version=str(number), ts=_ago(hours), algorithm="mahalanobis",
        lane="readings", sensor_type=TYPE, run_id="r", alias="challenger" if champion else "champion", rows=12_000,
        metrics=METRICS[number], champion_version=champion and str(champion),
        champion_metrics=METRICS[1] if champion else {},
    )  # fmt: skip


def _life() -> list[ModelEvent]:
    loaded = [
        ModelLoaded(
            id=f"{MODEL}-loaded-{worker}", model=MODEL, version="1", ts=_ago(29.9), alias="champion",
            worker=worker, digest="0" * 64,
        )
        for worker in ("monitor-1", "monitor-2")
    ]  # fmt: skip
    refused = ModelRefused(
        id=f"{MODEL}-refused", model=MODEL, version="3", ts=_ago(5), alias="challenger", worker="monitor-2",
        reason="altered", detail="the file model.safetensors is not what was signed; train the model again.",
    )  # fmt: skip
    return [_registered(1, 30), *loaded, _registered(3, 6), refused, _registered(2, 1)]


def _shadow() -> list[bytes]:
    rng = np.random.default_rng(1)
    return [
        encode_shadow_block(
            ShadowBlock(
                lane="readings", asset_id=ASSETS[0], champion=ModelRecord(MODEL, "1"),
                challenger=ModelRecord(MODEL, "2"), sensor_ids=[f"{ASSETS[0]}/flow"] * 40,
                ts_us=NOW_US - (SHADOW_ROWS - at - np.arange(40)) * 16_000_000, flags=np.zeros(40, np.int64),
                source=SourceRecord("t", 0, 0, 1), champion_weight=DEFAULT_WEIGHT, members=DEFAULT_MEMBERS,
                p_values=rng.uniform(0.02, 1.0, (3, 40)).astype(np.float32),
            )
        )
        for at in range(0, SHADOW_ROWS, 40)
    ]  # fmt: skip


def _drift() -> list[DriftDetected]:
    feature = DriftFeature(
        sensor_id=f"{ASSETS[0]}/flow", name="rms", related_to=None, value=4.81, usual=2.07, shift=6.4, effect=0.93,
        ks=0.81, psi=3.2, p_value=1e-6, q_value=4e-5,
    )  # fmt: skip
    fleet = DriftDetected(
        id=f"{MODEL}-fleet", model=MODEL, lane="readings", sensor_type=TYPE, cause="fleet_shift", ts=_ago(3),
        changed_at=_ago(6), assets=ASSETS, sensors=[f"{asset}/flow" for asset in ASSETS], assets_watched=4, rows=2_160,
        features=[feature, feature.model_copy(update={"sensor_id": f"{ASSETS[1]}/flow", "value": 4.6, "shift": 5.9})],
        joint=DriftJoint(mmd=0.21, p_value=0.005),
        noticed_at={"adwin": _ago(4), "page_hinkley": _ago(4.5), "kswin": None},
        evidence=["3 of 4 assets changed within 2 slots", "no sensor is unhealthy"], suggested_action="retrain",
        source=AnomalySource(topic="t", partition=0, first_offset=0, last_offset=1),
    )  # fmt: skip
    changed = {
        "id": f"{MODEL}-asset", "cause": "asset_degradation", "ts": _ago(20), "changed_at": _ago(26),
        "assets": ASSETS[:1], "suggested_action": "inspect_asset", "evidence": ["one asset alone"],
    }  # fmt: skip
    return [fleet, fleet.model_copy(update=changed)]


def _training(drift: DriftDetected) -> list[RetrainingEvent]:
    of = {"training_id": drift.id, "model": MODEL}
    return [
        RetrainingRequested(
            id=f"{drift.id}-1", ts=_ago(2.9), lane="readings", sensor_type=TYPE, cause=drift.cause,
            from_ts=drift.changed_at, not_before=_ago(2.9), **of,
        ),
        RetrainingStarted(
            id=f"{drift.id}-2", ts=_ago(1.1), attempt=1, worker="learn-1", from_ts=drift.changed_at, to_ts=_ago(1.1),
            **of,
        ),
        RetrainingSucceeded(
            id=f"{drift.id}-3", ts=_ago(1), attempt=1, seconds=74.0, version="2", algorithm="mahalanobis", run_id="r",
            rows=12_000, metrics={}, **of,
        ),
    ]  # fmt: skip
