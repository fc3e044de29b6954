"""Rows of `bench series`, each measured in a fresh process."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.machine import ROOT, commit, machine, versions
from schemas.errors import UnavailableError

COLUMNS = ("sensors", "profile", "cpu_us_per_unit", "against_the_first", "state_bytes_per_sensor", "rss_bytes")


def run(sensors: Sequence[int], profile: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the document of CONTRACT §6; raises UnavailableError where a row's process fails."""
    rows: list[dict[str, Any]] = []
    for count in sensors:
        say(f"measuring {count:,} sensors")
        argv = [sys.executable, "-m", "benchmarks.series.row", str(count), profile]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UnavailableError(f"{count:,} sensors could not be measured: {done.stderr[-800:]}")
        row = json.loads(done.stdout)
        first = rows[0]["cpu_us_per_unit"] if rows else row["cpu_us_per_unit"]
        rows.append({**row, "against_the_first": round(row["cpu_us_per_unit"] / first, 3)})
    return {
        "benchmark": "series",
        "machine": machine(),
        "commit": commit(),
        "versions": versions(),
        "rows": rows,
    }


def cells(document: dict[str, Any]) -> list[list[object]]:
    """Return the rows of the table."""
    return [[row[name] for name in COLUMNS] for row in document["rows"]]
