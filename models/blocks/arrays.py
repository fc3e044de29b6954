"""The columns of blocks, the arrays of a bank, and room for what comes of them, as the kernels see them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.blocks.columns import DETECTORS
from models.kernel import Record


class Blocks(NamedTuple):
    """Columns of n blocks in order of arrival; `ts_us` and `end_us` of the first and last sample; seq −1: none.

    `champion_score` and `champion_p` are what a trained model says of them, champion or canary, NaN where there is
    none.
    """

    row: NDArray[np.int64]
    offset: NDArray[np.int64]
    ts_us: NDArray[np.int64]
    end_us: NDArray[np.int64]
    seq: NDArray[np.int64]
    rate_hz: NDArray[np.float64]
    samples: NDArray[np.int64]
    ln_speed: NDArray[np.float64]
    values: NDArray[np.float64]
    signs: NDArray[np.float64]
    limits: NDArray[np.float64]
    champion_score: NDArray[np.float64]
    champion_p: NDArray[np.float64]


class Bank(NamedTuple):
    """States and rows to learn from by row; constants; scratch `z` (columns,) and `detected` (detectors,).

    `alarm` (rows,) is when each sensor is silent unless heard, by the `clock` (1,) of them all; `touched` marks rows
    that changed.
    """

    states: NDArray[np.void]
    kept: NDArray[np.float32]
    tuning: Record
    group: NDArray[np.uint8]
    is_log: NDArray[np.bool_]
    is_rise: NDArray[np.uint8]
    z: NDArray[np.float64]
    detected: NDArray[np.float64]
    touched: NDArray[np.bool_]
    alarm: NDArray[np.int64]
    clock: NDArray[np.void]


class Judged(NamedTuple):
    """What became of n blocks: status of order.py, whether learned, open and healthy after it, its score.

    `block` is the block's number among those of its sensor that were taken in order, from 0; -1 for the others.
    """

    status: NDArray[np.uint8]
    learned: NDArray[np.uint8]
    open: NDArray[np.uint8]
    score: NDArray[np.float64]
    block: NDArray[np.int64]
    detected: NDArray[np.float64]
    health: NDArray[np.uint8]

    @classmethod
    def of(cls, n: int) -> "Judged":
        """Return room for n blocks."""
        status, learned, open_, health_ = (np.zeros(n, np.uint8) for _ in range(4))
        score, detected = np.full(n, np.nan), np.full((n, len(DETECTORS)), np.nan)
        return cls(status, learned, open_, score, np.zeros(n, np.int64), detected, health_)
