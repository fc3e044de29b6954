"""Signed models of healthy noise, for tests of whatever serves them."""

from functools import lru_cache

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.model_artefacts.artefact import Artefact, seal
from models.features.extractors import WINDOW_FEATURES
from models.serving.canary import make_canary
from models.serving.served_model import ServedModel
from models.training.feature_rows import FeatureRows
from models.training.fit_model import TrainingRows, fit_model, training_rows, with_context
from models.training.recipes import RECIPES
from schemas.model_manifest import CANARY_FILE, MODEL_FILE, ModelManifest, TrainingData

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NAME = "pdm.readings.flow"


@lru_cache(maxsize=1)
def noise(n: int = 800, seed: int = 1) -> TrainingRows:
    """Standardised rows of two healthy sensors."""
    z = np.random.default_rng(seed).normal(size=(n, len(WINDOW_FEATURES)))
    at = np.arange(n)
    rows = FeatureRows(
        WINDOW_FEATURES, ("a/flow", "b/flow"), at % 2, at * 16_000_000, at * 16_000_000 - 64_000_000,
        np.zeros(n, np.int64), z, np.zeros(n, np.bool_),
    )  # fmt: skip
    return training_rows(rows, z, np.ones(n, np.bool_))


@lru_cache(maxsize=32)
def fitted(algorithm: str = "mahalanobis", seed: int = 1) -> ServedModel:
    return fit_model(noise(), algorithm, WINDOW_FEATURES, seed, RECIPES[algorithm].defaults, NAME)


def manifest(model: ServedModel, version: int, **other: object) -> ModelManifest:
    told: dict[str, object] = {
        "name": NAME, "version": version, "algorithm": model.algorithm, "lane": "readings", "sensor_type": "flow",
        "columns": model.columns, "context_rows": model.context_rows, "seed": 1, "parameters": {},
        "training": TrainingData(rows=800, sensors=2, sha256="0", from_ts="", to_ts="", ranges=()),
        "libraries": {}, "commit": None, "made_at": "2026-01-01T00:00:00.000000Z", "files": {},
    }  # fmt: skip
    return ModelManifest(**(told | other))  # type: ignore[arg-type]


def artefact(
    model: ServedModel | None = None, version: int = 1, key: Ed25519PrivateKey = KEY, **other: object
) -> Artefact:
    model = model or fitted()
    rows = with_context(noise(), noise().split.test[:16], model.context_rows)
    places = [WINDOW_FEATURES.index(name) for name in model.columns]
    files = {MODEL_FILE: model.pack(), CANARY_FILE: make_canary(model, rows[..., places])}
    return seal(manifest(model, version, **other), files, key)
