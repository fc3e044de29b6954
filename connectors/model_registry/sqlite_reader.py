"""An MLflow store in an SQLite file, read by two of its tables."""

import sqlite3
from contextlib import closing
from pathlib import Path

from connectors.model_registry.aliases import SERVED_PATH, Aliases, AliasTarget
from connectors.model_registry.local_files import local_files
from schemas.errors import UnavailableError

_TIMEOUT_S = 1.0
_ALIASES = """
    select a.name, a.alias, a.version, coalesce(v.storage_location, v.source)
    from registered_model_aliases a
    join model_versions v on v.name = a.name and v.version = a.version and v.workspace = a.workspace
"""


class SqliteReader:
    """Reads the store at `sqlite:///PATH`; one that is not there yet has no aliases."""

    def __init__(self, uri: str) -> None:
        self._path = Path(uri.removeprefix("sqlite:///"))

    def aliases(self) -> Aliases:
        """Return what all aliases point to."""
        if not self._path.exists():
            return {}
        try:
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", _TIMEOUT_S, uri=True)) as store:
                rows = store.execute(_ALIASES).fetchall()
        except sqlite3.Error as error:
            # Whoever makes the store makes its tables one by one.
            if "no such table" in str(error):
                return {}
            raise UnavailableError(
                f"The model registry {self._path} cannot be read ({error}); check the file and its disk."
            ) from None
        return {(name, alias): AliasTarget(name, int(version), source) for name, alias, version, source in rows}

    def files(self, target: AliasTarget) -> dict[str, bytes]:
        """Return the files of a version."""
        return local_files(f"{target.source}/{SERVED_PATH}")
