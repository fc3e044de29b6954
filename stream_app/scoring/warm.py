"""Loads what scoring needs when it is imported: by the process that the scoring processes are forked of.

So packages and kernels, a second's work, are loaded once and by one core.
"""

import gc
import os

# Threads of its own would wait for work by turning round, on the cores of the other processes.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# What is loaded stays.
gc.disable()

import numpy as np  # noqa: E402

from connectors.files.file_readings import FileSensor  # noqa: E402
from schemas.topics import READINGS  # noqa: E402
from stream_app.scoring.parts import TablePart  # noqa: E402
from stream_app.scoring.pipeline import pipeline  # noqa: E402
from stream_app.settings import load_settings  # noqa: E402

_TICKS = 400


def warm_up() -> None:
    """Score the readings of a small asset, so that the kernels are loaded."""
    sensors = [FileSensor(f"warm/{name}", sensor_type=name) for name in ("x", "y")]
    at = np.arange(_TICKS * len(sensors))
    part = TablePart(
        READINGS,
        0,
        0,
        sensors,
        (at % 2).astype(np.int32),
        at // 2 * 1_000_000,
        np.random.default_rng(1).normal(size=len(at)),
    )
    pipeline(load_settings({})).score(part)


warm_up()
gc.freeze()
