"""Where the real data lie that benchmarks read but never ship."""

import os
from pathlib import Path

from benchmarks.machine import ROOT
from schemas.errors import BadDataError, UnavailableError

VARIABLE = "STREAM_APP_TEST_DATA"


def data_folder(given: Path | None = None) -> Path:
    """Return the folder given, else that of `STREAM_APP_TEST_DATA`, else `../shared/data` beside the project.

    Raises UnavailableError where it does not exist.
    """
    folder = given or Path(os.environ.get(VARIABLE) or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        raise UnavailableError(f"Data not found: {folder} is no folder; name the one that holds nab/ by --data.")
    return folder


def collection(data: Path, name: str) -> Path:
    """Return the folder of a collection; raises UnavailableError where it is absent."""
    folder = data / name
    if not folder.is_dir():
        raise UnavailableError(f"Data not found: {folder} is no folder; name the one that holds {name}/ by --data.")
    return folder


def files_of(folder: Path, pattern: str) -> list[Path]:
    """Return the files that match, in order of name; raises BadDataError where there is none."""
    found = sorted(folder.glob(pattern))
    if not found:
        raise BadDataError(f"{folder} holds no file {pattern}; restore the collection.")
    return found
