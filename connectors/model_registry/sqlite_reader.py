"""An MLflow store in an SQLite file, read by its tables."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from connectors.model_registry.aliases import SERVED_PATH, Aliases, AliasTarget
from connectors.model_registry.local_files import local_files
from connectors.model_registry.versions import Version
from schemas.errors import UnavailableError
from schemas.model_names import PREFIX

_TIMEOUT_S = 1.0
_ALIASES = """
    select a.name, a.alias, a.version, coalesce(v.storage_location, v.source)
    from registered_model_aliases a
    join model_versions v on v.name = a.name and v.version = a.version and v.workspace = a.workspace
"""
_VERSIONS = """
    select v.name, v.version, v.run_id, coalesce(v.storage_location, v.source), v.creation_time
    from model_versions v where v.name like :ours
"""
_TAGS = "select v.name, v.version, v.key, v.value from model_version_tags v where v.name like :ours"
_METRICS = """
    select m.run_uuid, m.key, m.value from latest_metrics m
    where not m.is_nan and m.run_uuid in (select v.run_id from model_versions v where v.name like :ours)
"""
_PARAMETERS = {"ours": f"{PREFIX}.%"}


class SqliteReader:
    """Reads the store at `sqlite:///PATH`; one that is not there yet has no aliases."""

    def __init__(self, uri: str) -> None:
        self._path = Path(uri.removeprefix("sqlite:///"))

    def aliases(self) -> Aliases:
        """Return what all aliases point to."""
        (rows,) = self._rows(_ALIASES)
        return {(name, alias): AliasTarget(name, int(version), source) for name, alias, version, source in rows}

    def versions(self) -> list[Version]:
        """Return all versions of our models."""
        versions, tagged, measured, aliases = self._rows(_VERSIONS, _TAGS, _METRICS, _ALIASES)
        tags: dict[tuple[str, int], dict[str, str]] = {}
        for name, version, key, value in tagged:
            tags.setdefault((name, version), {})[key] = value
        metrics: dict[str, dict[str, float]] = {}
        for run_id, key, value in measured:
            metrics.setdefault(run_id, {})[key] = value
        pointing: dict[tuple[str, int], list[str]] = {}
        for name, alias, version, _ in aliases:
            pointing.setdefault((name, version), []).append(alias)
        return [
            Version(
                name=name,
                version=int(version),
                run_id=run_id or "",
                source=source,
                created_ms=int(created_ms),
                tags=tags.get((name, version), {}),
                aliases=tuple(sorted(pointing.get((name, version), []))),
                metrics=metrics.get(run_id, {}),
            )
            for name, version, run_id, source, created_ms in versions
        ]

    def _rows(self, *queries: str) -> list[list[tuple[Any, ...]]]:
        """Return the rows of each query, all of one moment."""
        if not self._path.exists():
            return [[] for _ in queries]
        try:
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", _TIMEOUT_S, uri=True)) as store:
                store.execute("begin")
                return [store.execute(query, _PARAMETERS).fetchall() for query in queries]
        except sqlite3.Error as error:
            # Whoever makes the store makes its tables and columns one by one.
            if str(error).startswith("no such") and self._is_empty():
                return [[] for _ in queries]
            raise UnavailableError(
                f"The model registry {self._path} cannot be read ({error}); check the file and its disk."
            ) from None

    def _is_empty(self) -> bool:
        """Whether the store has no version yet, or no place for any."""
        try:
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", _TIMEOUT_S, uri=True)) as store:
                return store.execute("select 1 from model_versions limit 1").fetchone() is None
        except sqlite3.Error as error:
            return str(error).startswith("no such table")

    def files(self, target: AliasTarget) -> dict[str, bytes]:
        """Return the files of a version."""
        return local_files(f"{target.source}/{SERVED_PATH}")
