"""The Turing Change Point Dataset: where real series change, told while they run, by the change points of the product.

The dimensions of a series are compared together, as the sensors of an asset are. Rows that lack a number are left out,
as missing readings never reach a detector.
"""

import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np

from benchmarks.quality.benchmark import Quality
from benchmarks.quality.data_folder import collection, files_of
from benchmarks.quality.tcpd_scoring import MARGIN_ROWS, covering, f1
from models.detectors import change_point
from schemas.errors import BadDataError


@dataclass(frozen=True, slots=True)
class Marked:
    """A series of `rows` rows: numbers (n, dimensions) of those that lack none, which they are, and its annotations."""

    name: str
    rows: int
    numbers: np.ndarray
    kept: Sequence[int]
    annotations: Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Found:
    """A change at row `change`, told after row `told`."""

    change: int
    told: int


def measure(data: Path) -> Quality:
    """Score every series of `tcpd/`; raises UnavailableError or BadDataError as QualityBenchmark says."""
    folder = collection(data, "tcpd")
    marks = _json(folder / "annotations.json")
    marked = [_read(path, marks) for path in files_of(folder, "*.json.gz")]
    found = {series.name: detect(series) for series in marked}
    changes = {name: [change.change for change in told] for name, told in found.items()}
    delays = [change.told - change.change for told in found.values() for change in told]
    false = sum(
        all(abs(change - point) > MARGIN_ROWS for annotation in series.annotations for point in annotation)
        for series in marked
        for change in changes[series.name]
    )
    return Quality(
        metrics=_mean_scores(marked, changes),
        references={
            "always-alarm": _mean_scores(marked, {series.name: range(series.rows) for series in marked}),
            "never-alarm": _mean_scores(marked, {series.name: () for series in marked}),
        },
        false_alarms=false,
        files=len(marked),
        configuration={
            "window": change_point.WINDOW,
            "hop": change_point.HOP,
            "shortest": change_point.SHORTEST,
            "penalty": change_point.PENALTY,
            "checks": change_point.CHECKS,
            "floor": change_point.FLOOR,
        },
        details={
            "changes": len(delays),
            "median_delay_rows": median(delays) if delays else None,
            "rows": sum(series.rows for series in marked),
        },
    )


def detect(series: Marked) -> list[Found]:
    """Return the changes that the product tells of in a series, in the order of being told."""
    numbers = series.numbers
    dimensions = numbers.shape[1]
    states = np.zeros(dimensions, np.dtype(change_point.CHANGE_POINT_FIELDS, align=True))
    windows = np.zeros((dimensions, change_point.WINDOW), np.float32)
    scratch = np.zeros((change_point.SCRATCH, change_point.WINDOW))
    left = scratch[-1]
    found = []
    for t, row in enumerate(numbers - numbers[0]):
        full = [change_point.fill(state, level, t) for state, level in zip(states, row, strict=True)]
        if not all(full):
            continue
        left[:] = 1.0
        for state, window in zip(states, windows, strict=True):
            change_point.close_hop(state, window, t)
            change_point.compare(state, window, scratch)
        split, score = change_point.best_split(left, states[0]["change_point_length"], dimensions)
        confirmed = [change_point.confirm(state, split, score) for state in states]
        if all(confirmed):
            found.append(Found(series.kept[t + 1 - int(states[0]["change_point_age"])], series.kept[t]))
    return found


def _mean_scores(marked: Sequence[Marked], changes: Mapping[str, Sequence[int]]) -> dict[str, float]:
    return {
        "f1": round(fmean(f1(series.annotations, changes[series.name]) for series in marked), 4),
        "cover": round(fmean(covering(series.annotations, changes[series.name], series.rows) for series in marked), 4),
    }


def _read(path: Path, marks: Mapping[str, Any]) -> Marked:
    content = _json(path)
    try:
        name = str(content["name"])
        columns = [[_number(value) for value in one["raw"]] for one in content["series"]]
        rows = [list(row) for row in zip(*columns, strict=True)]
        if len(rows) != content["n_obs"] or len(columns) != content["n_dim"]:
            raise ValueError(f"it has {len(rows)} rows in {len(columns)} columns, not n_obs in n_dim")
        annotations = [[int(point) for point in points] for points in marks[name].values()]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadDataError(f"{path} or its annotations cannot be used: {error!r}; restore them.") from None
    kept = [k for k, row in enumerate(rows) if None not in row]
    if not kept or not annotations:
        raise BadDataError(f"{path} has no rows or no annotations; restore them.")
    if any(not 0 <= point < len(rows) for points in annotations for point in points):
        raise BadDataError(f"The annotations of {name} lie outside of its {len(rows)} rows; restore them.")
    return Marked(name, len(rows), np.array([rows[k] for k in kept], np.float64), kept, annotations)


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    if not isfinite(number):
        raise ValueError(f"{value!r} is no finite number")
    return number


def _json(path: Path) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
        content = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise BadDataError(f"{path} cannot be read: {error}; restore it.") from None
    if not isinstance(content, dict):
        raise BadDataError(f"{path} is no JSON object; restore it.")
    return content
