"""Which versions the aliases of a registry point to, read in milliseconds without MLflow's own client."""

from dataclasses import dataclass
from typing import Protocol

from connectors.model_registry.versions import Version


@dataclass(frozen=True, slots=True)
class AliasTarget:
    """A registered version: the name of its model, its number, and the place of its files as the registry has it."""

    name: str
    version: int
    source: str


SERVED_PATH = "artifacts/served"
"""Where, below the place of a version's files, the signed artefact lies."""

Aliases = dict[tuple[str, str], AliasTarget]
"""By name of the model and alias."""


class RegistryReader(Protocol):
    """Reads a registry; each call may raise UnavailableError."""

    def aliases(self) -> Aliases:
        """Return what all aliases point to."""

    def files(self, target: AliasTarget) -> dict[str, bytes]:
        """Return the files of a version by name; raises RefusedModelError on what no model holds."""

    def versions(self) -> list[Version]:
        """Return all versions of our models with tags and metrics, in no order."""


def registry_reader(uri: str) -> RegistryReader:
    """Return the reader for a tracking URI; raises SettingsError on one of another kind."""
    from connectors.model_registry.rest_reader import RestReader
    from connectors.model_registry.sqlite_reader import SqliteReader
    from schemas.errors import SettingsError

    if uri.startswith("sqlite:///"):
        return SqliteReader(uri)
    if uri.startswith(("http://", "https://")):
        return RestReader(uri)
    scheme = uri.split(":", 1)[0]
    raise SettingsError(
        f"Setting STREAM_APP_MLFLOW_URI begins with {scheme}:, which workers cannot read; "
        "give sqlite:///PATH, or http(s)://HOST of an MLflow server."
    )
