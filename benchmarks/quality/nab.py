"""The Numenta Anomaly Benchmark: novelty events on single series, threshold and all else as users get it.

The learning stretch is the benchmark's own: the first 15 % of a file, at most 750 rows, are never scored.
How the blocks of novelty lie over a series is chance, and worth points: the details say what comes of files that begin
a few rows later.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.quality.benchmark import Quality
from benchmarks.quality.data_folder import collection, files_of
from benchmarks.quality.nab_scoring import Labelled, Profile, counts, probation, score
from benchmarks.quality.partition import Run, run_file
from benchmarks.quality.table import Table, read_table, time_us
from models.transition import KINDS, NOVELTY
from models.tuning import Tuning
from schemas.errors import BadDataError

PROFILES = {"standard": "standard", "low_fp": "reward_low_FP_rate", "low_fn": "reward_low_FN_rate"}
"""Names of the metrics and what the collection calls their profiles."""

MOVED_ROWS = (2, 5, 9)
"""Rows by which the files begin later, to tell luck from skill."""


def measure(data: Path) -> Quality:
    """Score every file of `nab/`; raises UnavailableError or BadDataError as QualityBenchmark says."""
    folder = collection(data, "nab")
    windows, profiles = _windows(folder), _profiles(folder)
    ours: list[Labelled] = []
    moved: dict[int, list[Labelled]] = {first: [] for first in MOVED_ROWS}
    rows = dropped = 0
    for path in files_of(folder / "data", "*/*.csv.gz"):
        name = f"{path.parent.name}/{path.name.removesuffix('.gz')}"
        if name not in windows:
            raise BadDataError(f"{folder / 'combined_windows.json'} has no entry {name}; restore it.")
        table = read_table(path, "timestamp", ["value"])
        found = detect(name, table)
        inside = rows_of(name, windows[name], table)
        ours.append(Labelled(len(table.ts_us), inside, found.raised(KINDS[NOVELTY])))
        for first, files in moved.items():
            later = [row + first for row in detect(name, table, first).raised(KINDS[NOVELTY])]
            files.append(Labelled(len(table.ts_us), inside, later))
        rows += len(table.ts_us)
        dropped += found.dropped
    if not any(file.windows for file in ours):
        raise BadDataError(f"{folder} holds no labelled window; restore it.")
    always = [Labelled(file.rows, file.windows, range(file.rows)) for file in ours]
    never = [Labelled(file.rows, file.windows, ()) for file in ours]
    told = counts(ours)
    return Quality(
        metrics=_scores(ours, profiles),
        references={"always-alarm": _scores(always, profiles), "never-alarm": _scores(never, profiles)},
        false_alarms=told.false_alarms,
        files=len(ours),
        configuration={**asdict(Tuning()), "learn_readings": "the probation of each file"},
        details={
            "windows_hit": told.hits,
            "windows": told.windows,
            "false_alarms_per_1000_rows": round(1000.0 * told.false_alarms / rows, 3),
            "rows": rows,
            "standard_where_files_begin_later": {
                f"{first} rows": _scores(files, profiles)["standard"] for first, files in moved.items()
            },
            "rows_late_or_repeated": dropped,
        },
    )


def detect(name: str, table: Table, first: int = 0) -> Run:
    """Return what the product says of one series from its row `first` on."""
    # No less than the product allows, for a file of a few hundred rows.
    learn_readings = max(probation(len(table.ts_us)) - first, 60)
    later = Table(table.ts_us[first:], {column: values[first:] for column, values in table.columns.items()})
    return run_file(name, "nab", later, Tuning(learn_readings=learn_readings))


def _scores(files: list[Labelled], profiles: dict[str, Profile]) -> dict[str, float]:
    return {metric: round(score(files, profile), 3) for metric, profile in profiles.items()}


def _windows(folder: Path) -> dict[str, Any]:
    return _json(folder / "combined_windows.json")


def _profiles(folder: Path) -> dict[str, Profile]:
    path = folder / "profiles.json"
    content = _json(path)
    try:
        matrices = {metric: content[theirs]["CostMatrix"] for metric, theirs in PROFILES.items()}
        return {
            metric: Profile(float(m["tpWeight"]), float(m["fnWeight"]), float(m["fpWeight"]))
            for metric, m in matrices.items()
        }
    except (KeyError, TypeError, ValueError) as error:
        raise BadDataError(f"{path} lacks {error}; restore it.") from None


def rows_of(name: str, windows: Any, table: Table) -> list[tuple[int, int]]:
    """Return the first and last row of each window; raises BadDataError where its times are not in the file."""
    try:
        edges = [(time_us(first), time_us(last)) for first, last in windows]
        return sorted((table.ts_us.index(first), table.ts_us.index(last)) for first, last in edges)
    except (TypeError, ValueError) as error:
        raise BadDataError(f"The windows of {name} do not fit its times: {error}; restore them.") from None


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadDataError(f"{path} cannot be read: {error}; restore it.") from None
    if not isinstance(content, dict):
        raise BadDataError(f"{path} is no JSON object; restore it.")
    return content
