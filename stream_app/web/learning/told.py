"""What the models topic says of one model, with or without a registry."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.model_events import (
    CanaryBegan,
    CanaryEnded,
    GateDecided,
    ModelEvent,
    ModelLoaded,
    ModelPromoted,
    ModelRefused,
    ModelRegistered,
    ModelRolledBack,
)
from schemas.model_names import CHALLENGER
from stream_app.web.learning.answers import Alias


@dataclass(slots=True)
class Told:
    """Versions by number, which of them has which alias, what workers serve and refuse, and what the gate decided."""

    registered: dict[str, ModelRegistered] = field(default_factory=dict)
    aliases: dict[Alias, str] = field(default_factory=dict)
    serving: dict[tuple[str, Alias], str] = field(default_factory=dict)
    refused: dict[tuple[str, str], ModelRefused] = field(default_factory=dict)
    decided: dict[str, GateDecided] = field(default_factory=dict)
    versions: set[str] = field(default_factory=set)

    @staticmethod
    def of(events: Iterable[ModelEvent]) -> "Told":
        """Return what events of one model say, in their order."""
        told = Told()
        for event in events:
            told.versions.add(event.version)
            told._note(event)
        return told

    def _note(self, event: ModelEvent) -> None:
        if isinstance(event, ModelRegistered):
            self.registered[event.version] = event
            self.aliases[event.alias] = event.version
        elif isinstance(event, ModelPromoted):
            if self.aliases.get(CHALLENGER) == event.version:
                del self.aliases[CHALLENGER]
            self._champion(event.version, event.previous_version)
        elif isinstance(event, ModelRolledBack):
            self._champion(event.version, None)
        elif isinstance(event, ModelLoaded):
            self.serving[event.worker, event.alias] = event.version
            self.refused.pop((event.worker, event.version), None)
        elif isinstance(event, ModelRefused):
            self.refused[event.worker, event.version] = event
        elif isinstance(event, CanaryBegan):
            self.aliases["canary"] = event.version
        elif isinstance(event, CanaryEnded):
            self.aliases.pop("canary", None)
        else:
            self.decided[event.version] = event

    def _champion(self, version: str, former: str | None) -> None:
        self.aliases["champion"] = version
        for ended in ("former", "canary"):
            self.aliases.pop(ended, None)
        if former is not None:
            self.aliases["former"] = former

    def loaded_by(self, version: str) -> dict[str, Alias]:
        """Return the workers that serve a version now, and under which alias."""
        return {worker: alias for (worker, alias), served in sorted(self.serving.items()) if served == version}

    def refused_by(self, version: str) -> list[ModelRefused]:
        """Return the last refusal of each worker that does not serve a version."""
        return [refusal for (_, of), refusal in sorted(self.refused.items()) if of == version]
