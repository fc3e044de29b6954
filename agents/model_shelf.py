"""The models that a worker's partitions may put into service: filled in the background, taken at checkpoints."""

from collections.abc import Mapping
from typing import Protocol

import structlog

from agents.served_artefact import Served, load_packed
from connectors.model_artefacts.keys import TrustedKeys
from schemas.errors import RefusedModelError
from schemas.model_names import ALIASES, CANARY, Alias, model_name

log = structlog.get_logger(__name__)


class Models(Protocol):
    """Where partitions take models from."""

    def wanted(self, alias: Alias, lane: str, sensor_type: str | None, present: Served | None) -> Served | None:
        """Return the model that should score a sensor type now, which is `present` while nothing better is known."""

    def load(self, packed: bytes) -> Served | None:
        """Return what a stored artefact is in service, or None where it may not be; never raises."""

    @property
    def canary_share(self) -> float:
        """Share of the assets that a canary judges."""


class NoModels:
    """Nothing was ever trained."""

    def wanted(self, alias: Alias, lane: str, sensor_type: str | None, present: Served | None) -> Served | None:
        """Return what is there."""
        return present

    def load(self, packed: bytes) -> Served | None:
        """Return None."""
        return None

    @property
    def canary_share(self) -> float:
        """Return 0."""
        return 0.0


Offers = Mapping[str, Served | None]
"""By registered name; None: there is a version, but none that may serve."""


class ModelShelf:
    """Verified models by alias and name; set from another thread, one whole mapping at a time."""

    def __init__(self, keys: TrustedKeys, canary_share: float = 0.0) -> None:
        self._keys, self._canary_share = keys, canary_share
        self._offers: dict[Alias, Offers | None] = dict.fromkeys(ALIASES)

    @property
    def canary_share(self) -> float:
        """Share of the assets that a canary judges."""
        return self._canary_share

    def put(self, alias: Alias, offers: Offers) -> None:
        """Offer these models under `alias`, and nothing else there."""
        self._offers[alias] = offers

    def offers(self, alias: Alias) -> Offers:
        """Return what is offered under `alias`."""
        return self._offers[alias] or {}

    def wanted(self, alias: Alias, lane: str, sensor_type: str | None, present: Served | None) -> Served | None:
        """Return the model of a sensor type, else the default one, else None.

        `present` stays while the registry was never read, and while what it points to may not serve.
        """
        if alias == CANARY and not self._canary_share:
            return None
        offers = self._offers[alias]
        if offers is None:
            return present
        for name in (model_name(lane, sensor_type), model_name(lane, None)):
            if name in offers:
                return offers[name] or present
        return None

    def load(self, packed: bytes) -> Served | None:
        """Return what a stored artefact is in service; one that may not serve any more is told of in the log."""
        try:
            return load_packed(packed, self._keys)
        except RefusedModelError as refusal:
            log.exception("model.stored_refused", reason=refusal.reason, detail=str(refusal))
            return None
