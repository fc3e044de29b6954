"""`bench score`: the command on a many-sensor file by one process and by several, beside only reading the file."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT, commit, machine, versions
from benchmarks.score.fleet_file import write
from connectors.files.column_map import ColumnMap
from connectors.files.open_file import read_table
from schemas.errors import UnavailableError

COLUMNS = ("row", "format", "processes", "readings/s", "µs CPU a reading")
FORMATS = ("csv", "parquet")


def run(readings: int, sensors: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Return rows and ratios against reading alone; raises UnavailableError where the command fails."""
    cores = len(os.sched_getaffinity(0))
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        for ending in FORMATS:
            path = Path(name) / f"fleet.{ending}"
            say(f"writing {readings:,} readings as {ending}")
            write(path, sensors, max(1, readings // sensors))
            say(f"reading {ending}")
            rows.append(_read(path, ending))
            for processes in sorted({1, cores}):
                say(f"scoring {ending} by {processes}")
                rows.append(_score(path, ending, processes))
            path.unlink()
    return {
        "benchmark": "score",
        "sensors": sensors,
        "rows": rows,
        "ratios": {
            f"{row['format']} by {row['processes']}": _ratio(row, rows) for row in rows if row["name"] != "read"
        },
        "machine": machine(),
        "commit": commit(),
        "versions": versions(),
    }


def cells(document: dict[str, Any]) -> list[tuple[object, ...]]:
    """Return the rows of the document as cells of `COLUMNS`."""
    names = ("name", "format", "processes", "units_per_s", "cpu_us_per_unit")
    return [tuple(row[name] for name in names) for row in document["rows"]]


def _ratio(row: dict[str, Any], rows: list[dict[str, Any]]) -> float:
    read = next(one for one in rows if one["name"] == "read" and one["format"] == row["format"])
    return round(float(row["units_per_s"]) / float(read["units_per_s"]), 3)


def _read(path: Path, ending: str) -> dict[str, Any]:
    began_s, cpu_s = time.monotonic(), time.process_time()
    units = sum(len(block) for block in read_table(path, "fleet", ColumnMap.parse("")))
    return _row("read", ending, 1, units, time.monotonic() - began_s, time.process_time() - cpu_s)


def _score(path: Path, ending: str, processes: int) -> dict[str, Any]:
    """Run the command; its seconds begin when it looks at the file, its CPU time is that of the whole command.

    Several processes are forked of one that outlives the command: their CPU time is not known.
    """
    argv = [sys.executable, "-m", "stream_app", "--json", "score", str(path), "--processes", str(processes)]
    before = _children_cpu_s()
    done = subprocess.run(
        [*argv, "--out", str(path.with_suffix(".jsonl"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise UnavailableError(f"{path.name} could not be scored: {done.stderr[-800:]}")
    summary = json.loads(done.stdout)
    cpu_s = _children_cpu_s() - before if processes == 1 else None
    return _row("score", ending, processes, summary["readings"], summary["seconds"], cpu_s)


def _row(name: str, ending: str, processes: int, units: int, seconds: float, cpu_s: float | None) -> dict[str, Any]:
    return {
        "name": name,
        "format": ending,
        "processes": processes,
        "units": units,
        "units_per_s": round(units / seconds, 1),
        "cpu_us_per_unit": None if cpu_s is None else round(cpu_s / units * 1e6, 3),
    }


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
