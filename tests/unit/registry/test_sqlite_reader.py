"""A store that is being made has no aliases yet; one that cannot be read is told of."""

import sqlite3
from pathlib import Path

import pytest

from connectors.model_registry.sqlite_reader import SqliteReader
from schemas.errors import UnavailableError


def test_a_store_without_its_columns_is_empty_until_it_holds_a_version(tmp_path: Path) -> None:
    file = tmp_path / "mlflow.db"
    reader = SqliteReader(f"sqlite:///{file}")
    assert reader.aliases() == {}
    with sqlite3.connect(file) as store:
        store.execute("create table registered_model_aliases (name text, alias text, version integer)")
        assert reader.aliases() == {}
        store.execute("create table model_versions (name text, version integer, source text)")
        store.commit()
        assert reader.aliases() == {}
        store.execute("insert into model_versions values ('m', 1, 's')")
    with pytest.raises(UnavailableError, match="no such column"):
        reader.aliases()
