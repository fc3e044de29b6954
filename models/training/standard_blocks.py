"""Rows of waveform blocks standardised as in service: each by what its sensor had learned from its first blocks.

The baseline of a sensor is fitted on the rows of the range in which it was learning, and on the first ones of the range
where it had learned before: at least LEARN_ROWS of them.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.blocks.columns import COLUMNS, IS_LOG
from models.blocks.learning import keep, learn_from
from models.blocks.model_rows import MODEL_PLACES, standard_rows
from models.blocks.reference import BlockReference
from models.blocks.state import BLOCK_STATE, KEPT_ROWS
from models.training.feature_rows import FeatureRows
from models.training.standardised import Standardised
from models.windows.state import ANOMALY_OPEN, LEARNING, UNHEALTHY

READ_COLUMNS: tuple[str, ...] = ("speed_rpm", *COLUMNS)
LEARN_ROWS = 30


def standardise_blocks(rows: FeatureRows, new_normal_from_us: int | None = None) -> Standardised:
    """Return the judged columns of block rows, of READ_COLUMNS, in scales from each sensor's healthy mean.

    Rows with an open anomaly, of an unhealthy sensor, labelled as faults, learning or learned from may not teach. From
    `new_normal_from_us` on an open anomaly does not count, and the baseline is that of the rows from there on.
    """
    n = len(rows)
    z, usable = np.full((n, len(MODEL_PLACES)), np.nan), np.zeros(n, np.bool_)
    with np.errstate(invalid="ignore", divide="ignore"):
        logarithms = np.log(rows.values)
    ln_speed = np.where(rows.values[:, 0] > 0.0, logarithms[:, 0], np.nan)
    judged = np.where(IS_LOG, logarithms[:, 1:], rows.values[:, 1:])
    judged[~np.isfinite(judged)] = np.nan
    since = rows.start_ts_us >= (new_normal_from_us or 0)
    flags = np.where(since & (new_normal_from_us is not None), rows.flags & ~ANOMALY_OPEN, rows.flags)
    healthy = (flags & (ANOMALY_OPEN | UNHEALTHY) == 0) & ~rows.fault
    states: Any = np.zeros(len(rows.sensors), BLOCK_STATE)
    for number in range(len(rows.sensors)):
        own = np.flatnonzero((rows.sensor == number) & since)
        learned = _learn(states, number, judged, ln_speed, rows.ts_us, rows.flags, own[healthy[own]])
        rest = own[own > learned]
        found = np.empty((len(rest), len(MODEL_PLACES)))
        standard_rows(states, np.full(len(rest), number), judged[rest], ln_speed[rest], MODEL_PLACES, found)
        z[rest] = found
        usable[rest] = healthy[rest] & (rows.flags[rest] & LEARNING == 0) & np.isfinite(found).any(axis=1)
    names = {name: at for at, name in enumerate(rows.sensors)}
    return Standardised(z, usable, BlockReference(names, states))


def _learn(
    states: NDArray[np.void],
    number: int,
    judged: NDArray[np.float64],
    ln_speed: NDArray[np.float64],
    ts_us: NDArray[np.int64],
    flags: NDArray[np.int64],
    healthy: NDArray[np.int64],
) -> int:
    """Fit the baseline of a sensor on the first of its `healthy` rows; return the last of them, the end if too few."""
    kept = np.zeros((KEPT_ROWS, len(COLUMNS) + 1), np.float32)
    for at in healthy.tolist():
        keep(states[number], kept, judged[at], float(ln_speed[at]), int(ts_us[at]))
        if states["learned"][number] >= LEARN_ROWS and not flags[at] & LEARNING:
            learn_from(states, number, kept)
            return int(at)
    return len(judged)
