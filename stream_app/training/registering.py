"""A fitted model becomes the signed artefact of a version, with MLflow's own flavour and pictures beside it."""

import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from connectors.model_artefacts.artefact import seal
from models.serving.canary import CANARY_ROWS, make_canary
from models.serving.served_model import ServedModel
from models.training.fit_model import TrainingRows, with_context
from models.training.recipes import Parameters
from schemas.errors import BadDataError
from schemas.model_manifest import CANARY_FILE, MODEL_FILE, ModelManifest, TrainingData
from schemas.times import format_time
from stream_app.training.flavour import save_flavour
from stream_app.training.plan import Plan
from stream_app.training.plots import draw
from stream_app.training.provenance import commit

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from connectors.model_registry.registry import Registry

LIBRARIES = ("numpy", "numba", "scipy", "stream-app")


def store_version(
    plan: Plan,
    training: TrainingData,
    data: TrainingRows,
    model: ServedModel,
    number: int,
    parameters: Parameters,
    registry: "Registry",
    run_id: str,
    key: "Ed25519PrivateKey",
    scratch: Path,
) -> None:
    """Make, sign and store what version `number` is served from; raises BadDataError where it can judge nothing."""
    manifest = ModelManifest(
        name=model.name,
        version=number,
        algorithm=model.algorithm,
        lane=plan.lane,
        sensor_type=plan.sensor_type,
        columns=model.columns,
        context_rows=model.context_rows,
        seed=plan.seed,
        parameters=dict(parameters),
        training=training,
        libraries={name: version(name) for name in LIBRARIES},
        commit=commit(),
        made_at=format_time(time.time_ns() // 1000),
        files={},
    )
    artefact = seal(manifest, {MODEL_FILE: model.pack(), CANARY_FILE: _canary(model, data)}, key)
    registry.put_artefact(run_id, artefact, scratch)
    save_flavour(scratch / "served", scratch / "flavour", model.columns)
    registry.log_files(run_id, scratch / "flavour", "model")
    draw(model, data, plan.seed, scratch / "plots")
    registry.log_files(run_id, scratch / "plots", "plots")


def _canary(model: ServedModel, data: TrainingRows) -> bytes:
    places = [data.columns.index(name) for name in model.columns]
    rows = with_context(data, data.split.test, model.context_rows)[..., places]
    scores, p_values, _ = model.judge(rows, model.columns)
    known = np.flatnonzero(np.isfinite(scores) & np.isfinite(p_values))
    if not len(known):
        raise BadDataError(f"{model.algorithm} can judge none of the last rows; give a longer range of data.")
    return make_canary(model, rows[known[:CANARY_ROWS]])
