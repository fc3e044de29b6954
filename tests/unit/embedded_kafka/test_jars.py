"""Jars come through jgo once, and never with another sum than the lock's."""

import hashlib
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.embedded_kafka import jars
from connectors.embedded_kafka.jars import LOCK_FILE, SPEC_FILE, LockedJar, locked_jars, verified_jars
from schemas.errors import BadDataError, UnavailableError

CONTENT = b"the bytes of a jar"


@pytest.fixture
def lock_file(tmp_path: Path) -> Path:
    lock = tmp_path / "jgo.lock.toml"
    lock.write_text(
        '[[dependencies]]\ngroupId = "org.example"\nartifactId = "thing"\nversion = "1.0"\n'
        f'sha256 = "{hashlib.sha256(CONTENT).hexdigest()}"\n'
    )
    return lock


def _serving(content: bytes) -> tuple[list[LockedJar], Callable[[LockedJar, Path], Path]]:
    asked: list[LockedJar] = []

    def download(jar: LockedJar, folder: Path) -> Path:
        asked.append(jar)
        path = folder / "fetched"
        path.write_bytes(content)
        return path

    return asked, download


def test_a_jar_is_fetched_once(lock_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, download = _serving(CONTENT)
    monkeypatch.setattr(jars, "_download", download)
    folder = tmp_path / "jars"
    assert verified_jars(folder, lock_file) == [folder / "thing-1.0.jar"]
    assert verified_jars(folder, lock_file) == [folder / "thing-1.0.jar"]
    assert len(asked) == 1
    assert [path.name for path in folder.iterdir()] == ["thing-1.0.jar"]


def test_another_sum_is_refused(lock_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars, "_download", _serving(b"something else")[1])
    with pytest.raises(BadDataError, match=r"thing-1\.0\.jar was fetched with SHA-256"):
        verified_jars(tmp_path / "jars", lock_file)
    assert list((tmp_path / "jars").iterdir()) == []


def test_a_jar_changed_on_disk_is_fetched_again(
    lock_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, download = _serving(CONTENT)
    monkeypatch.setattr(jars, "_download", download)
    [path] = verified_jars(tmp_path / "jars", lock_file)
    path.write_bytes(b"tampered")
    verified_jars(tmp_path / "jars", lock_file)
    assert path.read_bytes() == CONTENT
    assert len(asked) == 2


def test_no_network_is_told(tmp_path: Path, lock_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    def refuse(*_: object, **__: object) -> None:
        raise requests.ConnectionError("no route")

    monkeypatch.setattr(requests, "request", refuse)
    with pytest.raises(UnavailableError, match=r"thing-1\.0\.jar .* could not be fetched \(no route\): connect"):
        verified_jars(tmp_path / "jars", lock_file)


def test_the_committed_lock_belongs_to_the_committed_spec() -> None:
    lock = tomllib.loads(LOCK_FILE.read_text("utf-8"))
    assert lock["metadata"]["spec_hash"] == hashlib.sha256(SPEC_FILE.read_bytes()).hexdigest()[:16]
    wanted = tomllib.loads(SPEC_FILE.read_text("utf-8"))["dependencies"]["coordinates"]
    locked = {f"{jar.group}:{jar.artifact}:{jar.version}" for jar in locked_jars()}
    assert set(wanted) <= locked
    assert all(len(jar.sha256) == 64 for jar in locked_jars())
    assert "://" not in LOCK_FILE.read_text("utf-8")
