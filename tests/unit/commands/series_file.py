"""A file with a healthy cycle and a fault that nobody can overlook."""

from pathlib import Path

import numpy as np

START_US = 1_767_225_600_000_000
FAULT_FROM, FAULT_TO = 1500, 1600


def values(seed: int = 5, readings: int = 2000) -> np.ndarray:
    """Return a cycle with noise, and a step in the middle: (readings,) float64."""
    rng = np.random.default_rng(seed)
    tick = np.arange(readings)
    series = 50.0 + 3.0 * np.sin(tick / 11.0) + 0.2 * rng.uniform(-1.0, 1.0, readings)
    series[FAULT_FROM:FAULT_TO] += 25.0
    return np.round(series, 3)


def write_series(path: Path, columns: int = 1) -> Path:
    """Write readings of every 10 s as CSV: `timestamp,value`, or one column a sensor."""
    names = ["value"] if columns == 1 else [f"s{i}" for i in range(columns)]
    rows = np.column_stack([values(seed) for seed in range(columns)])
    times = np.datetime_as_string((START_US + np.arange(len(rows)) * 10_000_000).astype("datetime64[us]"))
    lines = [",".join(["timestamp", *names])]
    lines += [f"{time},{','.join(map(str, row))}" for time, row in zip(times, rows.tolist(), strict=True)]
    path.write_text("\n".join(lines) + "\n")
    return path
