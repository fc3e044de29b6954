"""One training from data to a registered version: the same for people and for the retraining agent."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from models.serving.served_model import ServedModel
from models.training.fit_model import (
    TrainingRows,
    evaluate,
    fit_model,
    measure_latency,
    measure_stability,
    training_rows,
)
from models.training.lanes import TRAINING_LANES
from schemas.errors import BadDataError, RefusedModelError
from schemas.model_names import CHALLENGER, CHAMPION, Alias, model_name
from stream_app.training.gathering import GatheredRows
from stream_app.training.plan import Plan
from stream_app.training.provenance import column_tags, data_parameters, tags
from stream_app.training.registering import store_version
from stream_app.training.search import Say, choose
from stream_app.training.trained import Trained

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from connectors.model_registry.registry import Registry
    from connectors.model_registry.versions import Version


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
    z, usable, reference = TRAINING_LANES[plan.lane].standardise(gathered.rows, plan.new_normal_from_us)
    data = training_rows(gathered.rows, z, usable, plan.lane)
    say(f"{len(gathered.rows):,} rows of {gathered.data.sensors} sensors, {int(usable.sum()):,} may teach")
    run_id = registry.begin_run(f"{name} {plan.algorithm}", tags(plan, gathered))
    ok = False
    try:
        chosen = choose(plan, data, registry, run_id, say)
        model = fit_model(data, chosen.algorithm, chosen.columns, plan.seed, chosen.parameters, name)
        if plan.new_normal_from_us is not None:
            model = replace(model, reference=reference)
        say(f"fitted {chosen.algorithm} on {len(data.split.fit):,} rows")
        metrics = evaluate(model, data, plan.seed)
        metrics |= measure_stability(model, data, plan.seed, chosen.parameters)
        metrics |= measure_latency(model, data)
        told = {**tags(plan, gathered), "algorithm": chosen.algorithm, **column_tags(chosen.columns)}
        registry.tag(run_id, told)
        registry.log(
            run_id, {**data_parameters(plan, gathered, usable), **chosen.parameters}, {**metrics, **chosen.figures}
        )
        champion = champion_of(registry.versions(name)) if name in registry.names() else None
        compared = _compare(champion, champion_model, data, plan.seed, say)
        number = registry.new_version(name, run_id, told, {"lane": plan.lane, "sensor_type": plan.sensor_type or ""})
        with TemporaryDirectory() as scratch:
            store_version(
                plan, gathered.data, data, model, number, chosen.parameters, registry, run_id, key, Path(scratch)
            )
        alias: Alias = CHALLENGER if champion else CHAMPION
        registry.point(name, alias, number)
        ok = True
    finally:
        registry.end_run(run_id, ok)
    return Trained(
        name, number, run_id, alias, chosen.algorithm, plan.sensor_type, plan.lane, gathered, metrics, compared
    )


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
