"""What the loop over readings works on: the state of all series, readings as they arrive, and room for its outputs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.cold import ColdPages
from models.series_state import HELD_CAPACITY

MOST_TRANSITIONS = 4 * (HELD_CAPACITY + 1)
"""That one arriving reading can cause: each reading that it releases may clear and raise both kinds."""

MOST_CHANGES = HELD_CAPACITY + 1
"""Of a sensor's health that one arriving reading can cause."""

MOST_WINDOWS = HELD_CAPACITY + 1
"""And readings put in their place."""

SKIPPED, DUPLICATES, LATE, TRANSITIONS, CHANGES = range(5)
"""Places of the counts that `advance` returns."""


class Bank(NamedTuple):
    """State of all series as the kernel sees it; `touched` (n,) uint8 marks rows changed since the last checkpoint.

    `layout` is the table of `NoveltyLayout`.
    `features` (2 × FEATURES,) `vectors` (6,) and `scratch` are scratch space: kernels allocate nothing.
    `limits` (k, 2) are the physical limits that readings can have, the first of them none; `shape` (n, 2) are window
    and hop of each row; `alarm` (n,) is when each row is silent unless heard, by the `clock` (1,) of them all;
    `hot_bytes` (n, HOT_BYTES) is `hot` as bytes.
    """

    hot: NDArray[np.void]
    touched: NDArray[np.uint8]
    cold: ColdPages
    layout: NDArray[np.int64]
    tuning: NDArray[np.void]
    features: NDArray[np.float64]
    vectors: NDArray[np.float32]
    scratch: NDArray[np.float64]
    regime_tuning: NDArray[np.void]
    limits: NDArray[np.float64]
    shape: NDArray[np.int64]
    alarm: NDArray[np.int64]
    clock: NDArray[np.void]
    hot_bytes: NDArray[np.uint8]


class Columns(NamedTuple):
    """Readings in order of arrival, all of one length."""

    row: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    seq: NDArray[np.int64]
    offset: NDArray[np.int64]
    place: NDArray[np.int64]
    limit: NDArray[np.int32]
    regime: NDArray[np.int8]


class Placed(NamedTuple):
    """Room for the readings put in their place, in that order: which brought each, and what is to be made of it.

    `position` is that of the arriving reading, `value` the one that was judged (NaN: none), `trust` SOUND, SUSPECT or
    FAULTY; `used` (1,).
    """

    position: NDArray[np.int64]
    row: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    trust: NDArray[np.uint8]
    used: NDArray[np.int64]
