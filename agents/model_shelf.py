"""The models that a worker's partitions may put into service: filled in the background, taken at checkpoints."""

from typing import Protocol

import structlog

from agents.served_artefact import Served, load_packed
from connectors.model_artefacts.keys import TrustedKeys
from schemas.errors import RefusedModelError
from schemas.model_names import ALIASES, Alias, model_name

log = structlog.get_logger(__name__)


class Models(Protocol):
    """Where partitions take models from."""

    def wanted(self, alias: Alias, lane: str, sensor_type: str | None) -> Served | None:
        """Return the model that should score a sensor type now: its own, else the default, else None."""

    def load(self, packed: bytes) -> Served | None:
        """Return what a stored artefact is in service, or None where it may not be; never raises."""


class NoModels:
    """Nothing was ever trained."""

    def wanted(self, alias: Alias, lane: str, sensor_type: str | None) -> Served | None:
        """Return None."""
        return None

    def load(self, packed: bytes) -> Served | None:
        """Return None."""
        return None


class ModelShelf:
    """Verified models by alias and name; set from another thread, one whole dict at a time."""

    def __init__(self, keys: TrustedKeys) -> None:
        self._keys = keys
        self._by_alias: dict[Alias, dict[str, Served]] = {alias: {} for alias in ALIASES}

    def put(self, alias: Alias, models: dict[str, Served]) -> None:
        """Offer `models` by name under `alias`, and nothing else there."""
        self._by_alias[alias] = models

    def wanted(self, alias: Alias, lane: str, sensor_type: str | None) -> Served | None:
        """Return the model of a sensor type, else the default one, else None."""
        models = self._by_alias[alias]
        found = models.get(model_name(lane, sensor_type))
        return models.get(model_name(lane, None)) if found is None else found

    def load(self, packed: bytes) -> Served | None:
        """Return what a stored artefact is in service; one that may not serve any more is told of in the log."""
        try:
            return load_packed(packed, self._keys)
        except RefusedModelError as refusal:
            log.error("model.stored_refused", reason=refusal.reason, detail=str(refusal))
            return None

    def held(self, alias: Alias) -> dict[str, Served]:
        """Return what is offered under `alias`, by name."""
        return self._by_alias[alias]
