"""Real series with labelled anomalies, read from where the data lie; a test skips where they do not."""

import csv
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.shared_data import shared_data

MACHINE_TEMPERATURE = "realKnownCause/machine_temperature_system_failure.csv"


def nab_folder() -> Path:
    """Return the folder of the NAB series, or skip the test."""
    return shared_data("nab")


def nab_series(name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return times (seconds since 1970) and values of a series."""
    with gzip.open(nab_folder() / "data" / f"{name}.gz", "rt") as lines:
        rows = list(csv.DictReader(lines))
    return (
        np.array([_seconds(row["timestamp"]) for row in rows]),
        np.array([float(row["value"]) for row in rows]),
    )


def nab_windows(name: str) -> list[tuple[float, float]]:
    """Return the labelled windows of a series (seconds since 1970)."""
    windows = json.loads((nab_folder() / "combined_windows.json").read_text())[name]
    return [(_seconds(start), _seconds(end)) for start, end in windows]


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
