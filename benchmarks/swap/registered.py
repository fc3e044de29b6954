"""Two signed versions of one model in a registry of the benchmark's own."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from connectors.model_artefacts.artefact import seal
from connectors.model_artefacts.keys import own_signing_key
from connectors.model_registry.registry import Registry
from models.features.extractors import WINDOW_FEATURES
from models.serving.canary import CANARY_ROWS, make_canary
from models.training.feature_rows import FeatureRows
from models.training.fit_model import TrainingRows, fit_model, training_rows
from models.training.recipes import RECIPES
from schemas.model_manifest import CANARY_FILE, MODEL_FILE, ModelManifest, TrainingData

ALGORITHMS = ("isolation_forest", "mahalanobis")
_ROWS = 1000


def register(name: str, sensor_type: str, uri: str, key_file: Path) -> Registry:
    """Register a version of each of ALGORITHMS, 1 and 2, signed by the key of the folder of `key_file`."""
    registry = Registry(uri)
    key = own_signing_key(key_file.parent)
    data = healthy_rows(_ROWS)
    for number, algorithm in enumerate(ALGORITHMS, start=1):
        run_id = registry.begin_run(name, {})
        model = fit_model(data, algorithm, WINDOW_FEATURES, 1, RECIPES[algorithm].defaults, name)
        registry.new_version(name, run_id, {"algorithm": algorithm}, {})
        manifest = ModelManifest(
            name=name, version=number, algorithm=algorithm, lane="readings", sensor_type=sensor_type,
            columns=WINDOW_FEATURES, context_rows=0, seed=1, parameters={},
            training=TrainingData(rows=_ROWS, sensors=1, sha256="", from_ts="", to_ts="", ranges=()),
            libraries={}, commit=None, made_at="", files={},
        )  # fmt: skip
        files = {MODEL_FILE: model.pack(), CANARY_FILE: make_canary(model, data.z[:CANARY_ROWS])}
        with TemporaryDirectory() as scratch:
            registry.put_artefact(run_id, seal(manifest, files, key), Path(scratch))
        registry.end_run(run_id, True)
    registry.point(name, "champion", 1)
    return registry


def healthy_rows(n: int) -> TrainingRows:
    """Return standardised rows of one healthy sensor."""
    z = np.random.default_rng(1).normal(size=(n, len(WINDOW_FEATURES)))
    at = np.arange(n)
    zeros = np.zeros(n, np.int64)
    rows = FeatureRows(
        WINDOW_FEATURES, ("a/flow",), zeros, at * 16_000_000, at * 16_000_000, zeros, z, np.zeros(n, np.bool_)
    )
    return training_rows(rows, z, np.ones(n, np.bool_))
