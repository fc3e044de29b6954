"""One training from data to a registered version: the same for people and for the retraining agent."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from connectors.model_artefacts.artefact import seal
from models.serving.canary import CANARY_ROWS, make_canary
from models.serving.served_model import ServedModel
from models.training.fit_model import (
    TrainingRows,
    evaluate,
    fit_model,
    measure_latency,
    measure_stability,
    training_rows,
    with_context,
)
from models.training.recipes import RECIPES, Value
from models.training.standard_rows import standardise
from schemas.errors import BadDataError, RefusedModelError
from schemas.model_manifest import CANARY_FILE, MODEL_FILE, ModelManifest
from schemas.model_names import CHALLENGER, CHAMPION, Alias, model_name
from schemas.times import format_time
from stream_app.training.gathering import GatheredRows
from stream_app.training.plan import Plan

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from connectors.model_registry.registry import Registry
    from connectors.model_registry.versions import Version

LIBRARIES = ("numpy", "numba", "scipy", "stream-app")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """A registered version with the figures that it and the champion got on the same rows."""

    name: str
    version: int
    run_id: str
    alias: Alias
    algorithm: str
    sensor_type: str | None
    lane: str
    gathered: GatheredRows
    metrics: dict[str, float]
    champion: "tuple[Version, dict[str, float]] | None"

    def document(self) -> dict[str, Any]:
        """Return what `train --json` prints."""
        data = self.gathered.data
        champion = self.champion
        return {
            "model": self.name,
            "version": str(self.version),
            "algorithm": self.algorithm,
            "run_id": self.run_id,
            "sensor_type": self.sensor_type,
            "lane": self.lane,
            "alias": self.alias,
            "rows": data.rows,
            "data": {
                "from": data.from_ts,
                "to": data.to_ts,
                "sensors": data.sensors,
                "ranges": [msgspec.structs.asdict(each) for each in data.ranges],
                "files": list(data.files),
                "sha256": data.sha256,
            },
            "metrics": self.metrics,
            "champion": None if champion is None else {"version": str(champion[0].version), "metrics": champion[1]},
        }  # fmt: skip


def train(
    plan: Plan,
    gathered: GatheredRows,
    registry: "Registry",
    key: "Ed25519PrivateKey",
    say: Say,
    champion_model: "Callable[[Version], ServedModel]",
) -> Trained:
    """Fit, judge and register what a plan wants; a failure closes the run as failed.

    `champion_model` loads a version that may serve. Raises BadDataError on too little data, UnavailableError where
    the registry fails.
    """
    from connectors.model_registry.registry import champion_of

    name = model_name(plan.lane, plan.sensor_type)
    z, usable, reference = standardise(gathered.rows, plan.new_normal_from_us)
    data = training_rows(gathered.rows, z, usable)
    say(f"{len(gathered.rows):,} rows of {gathered.data.sensors} sensors, {int(usable.sum()):,} may teach")
    run_id = registry.begin_run(f"{name} {plan.algorithm}", _tags(plan, gathered, name))
    ok = False
    try:
        parameters, columns, search = _searched(plan, data, say)
        model = fit_model(data, plan.algorithm, columns, plan.seed, parameters, name)
        if plan.new_normal_from_us is not None:
            model = replace(model, reference=reference)
        say(f"fitted {plan.algorithm} on {len(data.split.fit):,} rows")
        metrics = evaluate(model, data, plan.seed)
        metrics |= measure_stability(model, data, plan.seed, parameters)
        metrics |= measure_latency(model, data)
        registry.log(run_id, {**_parameters(plan, gathered, usable), **parameters}, {**metrics, **search})
        champion = champion_of(registry.versions(name)) if name in registry.names() else None
        compared = _compare(champion, champion_model, data, plan.seed, say)
        number = registry.new_version(
            name,
            run_id,
            {**_tags(plan, gathered, name), "columns_sha256": _columns_hash(columns)},
            {"lane": plan.lane, "sensor_type": plan.sensor_type or ""},
        )
        with TemporaryDirectory() as scratch:
            _register(plan, gathered, data, model, number, parameters, registry, run_id, key, Path(scratch))
        alias: Alias = CHALLENGER if champion else CHAMPION
        registry.point(name, alias, number)
        ok = True
    finally:
        registry.end_run(run_id, ok)
    return Trained(
        name, number, run_id, alias, plan.algorithm, plan.sensor_type, plan.lane, gathered, metrics, compared
    )


def _searched(plan: Plan, data: TrainingRows, say: Say) -> tuple[dict[str, Value], tuple[str, ...], dict[str, float]]:
    """Return parameters and columns, tuned and selected where the plan wants that, and figures of the search."""
    from models.training.feature_selection import importances, select
    from models.training.tuning import tune

    parameters: dict[str, Value] = dict(RECIPES[plan.algorithm].defaults)
    columns = data.columns
    figures: dict[str, float] = {}
    if plan.select is not None:
        lost = importances(data, plan.algorithm, plan.seed, parameters)
        columns = select(lost, plan.select)
        figures |= {f"importance_{name}": value for name, value in lost.items()}
        say(f"kept {len(columns)} of {len(data.columns)} features: {', '.join(columns)}")
    if plan.tune:
        trials = tune(
            data, plan.algorithm, columns, plan.seed, plan.tune,
            lambda trial: say(f"trial {trial.number}: ROC-AUC {trial.roc_auc:.4f} {trial.parameters}"),
        )  # fmt: skip
        parameters = trials[0].parameters
        figures |= {f"trial_{trial.number}_roc_auc": trial.roc_auc for trial in trials}
    return parameters, columns, figures


def _compare(
    champion: "Version | None", load: "Callable[[Version], ServedModel]", data: TrainingRows, seed: int, say: Say
) -> "tuple[Version, dict[str, float]] | None":
    """Return the champion with its figures on the same rows; without them where it cannot be loaded."""
    if champion is None:
        return None
    try:
        model = load(champion)
        return champion, {**evaluate(model, data, seed), **measure_latency(model, data)}
    except (RefusedModelError, BadDataError) as refusal:
        say(f"the champion, version {champion.version}, cannot be compared: {refusal}")
        return champion, {}


def _register(
    plan: Plan,
    gathered: GatheredRows,
    data: TrainingRows,
    model: ServedModel,
    number: int,
    parameters: dict[str, Value],
    registry: "Registry",
    run_id: str,
    key: "Ed25519PrivateKey",
    scratch: Path,
) -> None:
    """Make, sign and store the artefact of a version, with MLflow's own flavour and plots beside it."""
    from stream_app.training.flavour import save_flavour
    from stream_app.training.plots import draw

    manifest = ModelManifest(
        name=model.name,
        version=number,
        algorithm=model.algorithm,
        lane=plan.lane,
        sensor_type=plan.sensor_type,
        columns=model.columns,
        context_rows=model.context_rows,
        seed=plan.seed,
        parameters=parameters,
        training=gathered.data,
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


def _tags(plan: Plan, gathered: GatheredRows, name: str) -> dict[str, str]:
    data = gathered.data
    return {
        "model": name,
        "lane": plan.lane,
        "sensor_type": plan.sensor_type or "",
        "algorithm": plan.algorithm,
        "data_from": data.from_ts,
        "data_to": data.to_ts,
        "data_sha256": data.sha256,
        "commit": commit() or "",
    }


def _parameters(plan: Plan, gathered: GatheredRows, usable: "np.ndarray") -> dict[str, object]:
    data = gathered.data
    return {
        "seed": plan.seed,
        "rows": data.rows,
        "rows_usable": int(usable.sum()),
        "rows_fault": int(gathered.rows.fault.sum()),
        "sensors": data.sensors,
        "ranges": "; ".join(f"{r.topic}[{r.partition}] {r.first_offset}–{r.last_offset}" for r in data.ranges)[:6000],
    }


def _columns_hash(columns: tuple[str, ...]) -> str:
    from hashlib import sha256

    return sha256("\0".join(columns).encode()).hexdigest()


def commit() -> str | None:
    """Return the commit that this runs from, or None where it is no checkout."""
    root = Path(__file__).parent
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)
    return found.stdout.strip() or None if found.returncode == 0 else None
