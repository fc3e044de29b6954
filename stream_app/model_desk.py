"""Where decisions on models are made by hand: the registry, the keys, and the events that tell of it."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from agents.served_artefact import Served, load_files
from connectors.model_artefacts.artefact import attest
from connectors.model_artefacts.folder import read_folder
from connectors.model_registry.promotion import Moved, begin_canary, end_canary, promote, roll_back
from connectors.model_registry.registry import Registry
from connectors.model_registry.versions import Version
from schemas.audit import Action, Actor, ChangeMade, audit_record
from schemas.errors import UnavailableError, UsageError
from schemas.model_events import (
    CanaryBegan,
    CanaryEnded,
    Mode,
    ModelPromoted,
    ModelRolledBack,
    model_record,
    new_event_id,
)
from schemas.times import format_time
from schemas.topics import AUDIT, MODELS
from stream_app.logs import get_logger
from stream_app.models_in_service import registry_uri, signing_key, trusted_keys
from stream_app.settings import Settings, load_settings

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection

log = get_logger(__name__)

_Decided = ModelPromoted | ModelRolledBack | CanaryBegan | CanaryEnded


@dataclass(frozen=True, slots=True)
class ModelDesk:
    """Looks at and decides on the registered models of some settings."""

    settings: Settings
    registry: Registry

    @property
    def locks(self) -> Path:
        """Where processes of this data directory wait for each other."""
        return self.settings.data_dir / "locks"

    def version(self, name: str, number: int) -> Version:
        """Return a version; raises UsageError where there is none."""
        for each in self.registry.versions(name):
            if each.version == number:
                return each
        raise UsageError(f"{name} has no version {number}; see `stream-app models show {name}`.")

    def promote(
        self, name: str, version: int | None, reason: str, actor: Actor, instead_of: int | None = None
    ) -> Moved:
        """Make a version, else the challenger, the champion once it passes what workers ask; tell of it."""
        number = version if version is not None else self.registry.alias(name, "challenger")
        if number is not None:
            self.verify(name, number)
        by_gate = actor.role == "gate"
        moved = promote(self.registry, name, version, self.locks, instead_of=instead_of, only_challenger=by_gate)
        previous = None if moved.previous is None else str(moved.previous)
        event = ModelPromoted(previous_version=previous, **_decision(name, moved.version, reason, actor))
        self._tell(event, "model.promote", actor)
        return moved

    def begin_canary(self, name: str, version: int | None, reason: str, actor: Actor) -> int:
        """Have a version, else the challenger, judge a share of the assets once it passes what workers ask."""
        share = self.settings.promotion.canary_share
        if not share:
            raise UsageError("No share of the assets is for canaries; set STREAM_APP_PROMOTION__CANARY_SHARE, as 0.1.")
        number = version if version is not None else self.registry.alias(name, "challenger")
        if number is not None:
            self.verify(name, number)
        begun = begin_canary(self.registry, name, version, self.locks)
        self._tell(CanaryBegan(share=share, **_decision(name, begun, reason, actor)), "model.canary", actor)
        return begun

    def end_canary(self, name: str, reason: str, actor: Actor) -> int:
        """Have the champion judge all assets again; tell of it."""
        ended = end_canary(self.registry, name, self.locks)
        self._tell(CanaryEnded(**_decision(name, ended, reason, actor)), "model.canary_end", actor)
        return ended

    def roll_back(
        self, name: str, version: int | None, reason: str, actor: Actor, instead_of: int | None = None
    ) -> Moved:
        """Make the champion before the champion again; tell of it."""
        moved = roll_back(self.registry, name, version, self.locks, instead_of=instead_of)
        event = ModelRolledBack(previous_version=str(moved.previous), **_decision(name, moved.version, reason, actor))
        self._tell(event, "model.rollback", actor)
        return moved

    def verify(self, name: str, version: int) -> Served:
        """Return the version as workers would serve it; raises RefusedModelError where they would not."""
        return load_files(self._files(name, version), trusted_keys(self.settings), name, version)

    def sign(self, name: str, version: int) -> str:
        """Sign a version whose files are those of its manifest; return the manifest's digest."""
        found = self.version(name, version)
        artefact = attest(self._files(name, version), signing_key(self.settings))
        with TemporaryDirectory() as scratch:
            self.registry.put_artefact(found.run_id, artefact, Path(scratch))
        return artefact.digest

    def _files(self, name: str, version: int) -> dict[str, bytes]:
        found = self.version(name, version)
        with TemporaryDirectory() as scratch:
            return read_folder(self.registry.files(found, Path(scratch)))

    def _tell(self, event: _Decided, action: Action, actor: Actor) -> None:
        """Publish an event and who made it happen; workers look at once, and without Kafka find out by themselves."""
        connection = self._connection()
        if connection is None:
            return
        from connectors.kafka.writer import BulkWriter

        now_us = time.time_ns() // 1000
        change = ChangeMade(
            id=event.id,
            ts=event.ts,
            actor=actor,
            action=action,
            subject=event.model,
            before=event.previous_version if isinstance(event, ModelPromoted | ModelRolledBack) else None,
            after=event.version,
            reason=event.reason,
        )
        try:
            with BulkWriter(connection, linger_ms=0.0) as writer:
                writer.send(MODELS, *model_record(event, now_us))
                writer.send(AUDIT, *audit_record(change, now_us))
        except UnavailableError as error:
            log.warning("model_event.unsent", type=event.type, detail=str(error))

    def _connection(self) -> "KafkaConnection | None":
        from stream_app.running import brokers_of

        with suppress(UnavailableError):
            return self.settings.kafka_connection(brokers_of(self.settings))
        return None


def desk() -> ModelDesk:
    """Return the desk of this process's settings."""
    settings = load_settings()
    return ModelDesk(settings, Registry(registry_uri(settings)))


def _decision(name: str, version: int, reason: str, actor: Actor) -> dict[str, Any]:
    """Return what the event of a decision says of whose it is."""
    return {
        "id": new_event_id(),
        "model": name,
        "version": str(version),
        "ts": _now(),
        "by": actor.name,
        "mode": _mode(actor),
        "reason": reason,
    }


def _now() -> str:
    return format_time(time.time_ns() // 1000)


def _mode(actor: Actor) -> Mode:
    return "automatic" if actor.role == "gate" else "manual"


def actor_of(automatic: bool, engineer: str | None) -> Actor:
    """Return who decides: the gate, an engineer at the page, or whoever runs this process."""
    if automatic:
        return Actor(role="gate", name="gate", via="service")
    if engineer is not None:
        return Actor(role="engineer", name=engineer, via="page")
    return Actor(role="operator", name=os.environ.get("USER") or f"user {os.getuid()}", via="command line")
