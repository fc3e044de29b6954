"""Runs benchmarks of quality and makes the documents of CONTRACT §6."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.machine import commit
from benchmarks.quality.data_folder import data_folder
from benchmarks.quality.registry import QUALITY_BENCHMARKS
from schemas.errors import UsageError

ALL = "all"
COLUMNS = ("benchmark", "line", "metrics", "false alarms", "files")


def run(name: str, data: Path | None, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the document of one benchmark, or of all under `results`; `say` is told the progress.

    Raises UsageError on an unknown name, UnavailableError where data are absent, BadDataError where they are broken.
    """
    if name != ALL and name not in QUALITY_BENCHMARKS:
        raise UsageError(f"Benchmark {name!r} is unknown; choose one of {', '.join([*QUALITY_BENCHMARKS, ALL])}.")
    folder = data_folder(data)
    if name != ALL:
        return _document(name, folder, say)
    results = [_document(each, folder, say) for each in QUALITY_BENCHMARKS]
    return {"benchmark": "quality", "name": ALL, "results": results}


def cells(document: Mapping[str, Any]) -> list[tuple[object, ...]]:
    """Return the metrics of a document, and those of its reference lines, as cells of `COLUMNS`."""
    rows: list[tuple[object, ...]] = []
    for result in document.get("results", [document]):
        name = result["name"]
        rows.append((name, "stream-app", _in_words(result["metrics"]), result["false_alarms"], result["files"]))
        rows += [(name, line, _in_words(metrics), None, None) for line, metrics in result["references"].items()]
    return rows


def config_hash(configuration: Mapping[str, Any]) -> str:
    """Return a digest of everything that was tuned."""
    return hashlib.sha256(json.dumps(configuration, sort_keys=True).encode()).hexdigest()[:16]


def _document(name: str, folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    say(f"measuring {name}")
    began = time.monotonic()
    quality = QUALITY_BENCHMARKS[name]()(folder)
    return {
        "benchmark": "quality",
        "name": name,
        "metrics": dict(quality.metrics),
        "references": {line: dict(metrics) for line, metrics in quality.references.items()},
        "false_alarms": quality.false_alarms,
        "details": dict(quality.details),
        "causal": True,
        "configuration": dict(quality.configuration),
        "config_hash": config_hash(quality.configuration),
        "files": quality.files,
        "commit": commit(),
        "seconds": round(time.monotonic() - began, 3),
    }


def _in_words(metrics: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())
