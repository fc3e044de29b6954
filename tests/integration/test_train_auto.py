"""`train auto` against a real registry: nested runs, what is logged of the data, and the same model twice."""

from pathlib import Path

import numpy as np
import pytest

from connectors.model_artefacts.folder import read_folder
from connectors.model_registry.registry import Registry
from models.features.extractors import WINDOW_FEATURES
from models.training.feature_rows import FeatureRows
from schemas.errors import RefusedModelError
from schemas.model_manifest import MODEL_FILE, OffsetRange, TrainingData
from stream_app.training.gathering import GatheredRows
from stream_app.training.plan import AUTO, Plan
from stream_app.training.run import train
from tests.unit.serving.made_models import KEY

PLAN = Plan(AUTO, sensor_type="flow", trials=3)
RANGES = (OffsetRange("pdm.features.v1", 2, 10, 900),)


def gathered() -> GatheredRows:
    """Rows of two healthy sensors, and a few that somebody labelled as a fault."""
    n = 900
    values = np.random.default_rng(1).normal(size=(n, len(WINDOW_FEATURES)))
    at = np.arange(n)
    fault = at >= n - 20
    values[fault, :4] += 6.0
    zeros = np.zeros(n, np.int64)
    ts_us = at * 16_000_000
    rows = FeatureRows(
        WINDOW_FEATURES, ("a/flow", "b/flow"), at % 2, ts_us, ts_us - 64_000_000, zeros, values, fault
    )  # fmt: skip
    data = TrainingData(rows=n, sensors=2, sha256=rows.digest(), from_ts="from", to_ts="to", ranges=RANGES)
    return GatheredRows(rows, data, 7)


def no_champion(version: object) -> object:
    raise RefusedModelError("of no use here", "test")


def test_trials_are_nested_runs_and_the_best_is_registered(tmp_path: Path) -> None:
    registry = Registry(f"sqlite:///{tmp_path / 'mlflow.db'}")
    said: list[str] = []
    first, second = (train(PLAN, gathered(), registry, KEY, said.append, no_champion) for _ in range(2))  # type: ignore[arg-type]
    assert (first.alias, second.alias) == ("champion", "challenger")
    assert first.algorithm == second.algorithm != AUTO
    assert first.metrics["recall"] == 1.0
    for name in ("roc_auc", "precision", "f1", "injected_roc_auc", "false_alarms_per_sensor_hour", "stability"):
        assert name in first.metrics
    client = registry.client
    run = client.get_run(first.run_id)
    assert run.data.tags["algorithm"] == first.algorithm
    assert run.data.tags["data_sha256"] == first.gathered.data.sha256
    assert len(run.data.tags["columns_sha256"]) == 64
    assert set(run.data.tags["columns"].split(",")) <= set(WINDOW_FEATURES)
    assert run.data.params["ranges"] == "pdm.features.v1[2] 10–900"
    assert (run.data.params["rows_quarantined"], run.data.params["rows_fault"]) == ("7", "20")
    children = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{first.run_id}'")
    assert len(children) == 3
    best = max(child.data.metrics["score"] for child in children)
    assert best == pytest.approx(run.data.metrics["score"])
    assert all({"algorithm", "features"} <= set(child.data.params) for child in children)
    [newer, older] = registry.versions(first.name)
    assert older.tags["columns_sha256"] == run.data.tags["columns_sha256"]
    contents = [read_folder(registry.files(each, tmp_path / str(each.version)))[MODEL_FILE] for each in (newer, older)]
    assert contents[0] == contents[1]
