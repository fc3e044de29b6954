"""Where a version comes from, as MLflow is told: model, data, columns and commit."""

import subprocess
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from schemas.model_names import model_name
from stream_app.training.gathering import GatheredRows
from stream_app.training.plan import Plan

# MLflow takes no longer values.
_LONGEST_TEXT = 5000


def tags(plan: Plan, gathered: GatheredRows) -> dict[str, str]:
    """Return the tags of a run and its version, known before anything is fitted."""
    data = gathered.data
    return {
        "model": model_name(plan.lane, plan.sensor_type),
        "lane": plan.lane,
        "sensor_type": plan.sensor_type or "",
        "algorithm": plan.algorithm,
        "data_from": data.from_ts,
        "data_to": data.to_ts,
        "data_sha256": data.sha256,
        "commit": commit() or "",
    }


def column_tags(columns: tuple[str, ...]) -> dict[str, str]:
    """Return the tags that name the feature columns, and their digest."""
    return {
        "columns": ",".join(columns)[:_LONGEST_TEXT],
        "columns_sha256": sha256("\0".join(columns).encode()).hexdigest(),
    }


def data_parameters(plan: Plan, gathered: GatheredRows, usable: NDArray[np.bool_]) -> dict[str, object]:
    """Return what a run tells of its rows: counts, and the exact ranges that they came from."""
    data = gathered.data
    return {
        "seed": plan.seed,
        "rows": data.rows,
        "rows_usable": int(usable.sum()),
        "rows_fault": int(gathered.rows.fault.sum()),
        "rows_quarantined": gathered.quarantined,
        "sensors": data.sensors,
        "ranges": "; ".join(f"{r.topic}[{r.partition}] {r.first_offset}–{r.last_offset}" for r in data.ranges)[
            :_LONGEST_TEXT
        ],
        "files": ", ".join(data.files)[:_LONGEST_TEXT],
    }


def commit() -> str | None:
    """Return the commit that this runs from, or None where it is no checkout."""
    root = Path(__file__).parent
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)
    return found.stdout.strip() or None if found.returncode == 0 else None
