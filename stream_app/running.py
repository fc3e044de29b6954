"""What runs in a data directory: a note left by `up` and `broker`, by which other commands find it."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from schemas.errors import BadDataError, UnavailableError

if TYPE_CHECKING:
    from stream_app.settings import Settings

_NOTE = "running.json"


@dataclass(frozen=True, slots=True)
class Running:
    """Process `pid`, started at `started_s` (seconds since 1970), runs Kafka at `brokers`, these workers, the page."""

    brokers: str
    workers: tuple[str, ...] = ()
    pid: int = 0
    started_s: float = 0.0
    web: str | None = None


def leave_note(data_dir: Path, brokers: str, workers: tuple[str, ...] = (), web: str | None = None) -> None:
    """Write down in `data_dir` what this process runs."""
    note = Running(brokers, workers, os.getpid(), psutil.Process().create_time(), web)
    data_dir.mkdir(parents=True, exist_ok=True)
    fresh = data_dir / f"{_NOTE}.{os.getpid()}"
    fresh.write_text(json.dumps(asdict(note)), "utf-8")
    fresh.replace(data_dir / _NOTE)


def remove_note(data_dir: Path) -> None:
    """Take away the note of this process; one of another process stays."""
    note = read_note(data_dir)
    if note is not None and note.pid == os.getpid():
        (data_dir / _NOTE).unlink(missing_ok=True)


def read_note(data_dir: Path) -> Running | None:
    """Return what runs in `data_dir`, or None; a note whose process has died counts for nothing."""
    path = data_dir / _NOTE
    try:
        content = json.loads(path.read_text("utf-8"))
        note = Running(**{**content, "workers": tuple(content["workers"])})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise BadDataError(f"File {path} is not a note of what runs ({error}); remove it.") from None
    return note if _is_alive(note) else None


def _is_alive(note: Running) -> bool:
    try:
        # Process ids are used again: the time of the start tells the two apart.
        started_s: float = psutil.Process(note.pid).create_time()
    except psutil.NoSuchProcess:
        return False
    return abs(started_s - note.started_s) < 1.0


def brokers_of(settings: "Settings") -> str:
    """Return the configured brokers, else those running in the data directory, or raise UnavailableError."""
    if settings.brokers is not None:
        return settings.brokers
    note = read_note(settings.data_dir)
    if note is None:
        raise UnavailableError(
            f"No Kafka is configured and none runs in {settings.data_dir};"
            " set STREAM_APP_BROKERS, or start one by `stream-app up` or `stream-app broker`."
        )
    return note.brokers
