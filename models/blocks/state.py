"""What is kept of a sensor's blocks: order in time, what was learned, and what is open; arrays of fixed size.

The rows to learn from are kept apart from the rest: once a sensor is learned they are not needed any more.
"""

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.blocks.columns import COLUMNS, DETECTORS
from models.blocks.health import BLOCK_HEALTH_FIELDS
from models.blocks.tuning import BlockTuning
from schemas.errors import BadDataError

Record = Any
"""One record of BLOCK_STATE, as the kernels see it."""

STATE_VERSION = 3
KEPT_ROWS = 64
"""Rows kept to learn from; of more blocks, every second, fourth … is kept."""

POWERS = 3
"""Of the logarithm of the speed: 1, x, x²."""

BLOCK_STATE = np.dtype(
    [
        ("applied_offset", "<i8"),
        ("version", "<i8"),
        ("learn_blocks", "<i8"),
        ("learn_us", "<i8"),
        # Order in time; bit k of `seen`: last_seq − k has come.
        ("last_ts_us", "<i8"),
        ("last_seq", "<i8"),
        ("seen", "<u8"),
        ("blocks", "<i8"),
        # The shape that is learned, and how many blocks of another came in a row.
        ("rate_hz", "<f8"),
        ("samples", "<i8"),
        ("odd_blocks", "<i8"),
        # Learning.
        ("is_learned", "<i8"),
        ("learned", "<i8"),
        ("first_ts_us", "<i8"),
        ("kept_rows", "<i8"),
        ("kept_every", "<i8"),
        # What was learned: healthy mean by powers of ln(speed) − ln_speed, and one over its scale (0: not judged).
        ("by_speed", "<i8"),
        ("ln_speed", "<f8"),
        ("ln_speed_range", "<f8", (2,)),
        ("healthy", "<f4", (len(COLUMNS), POWERS)),
        ("per_scale", "<f4", (len(COLUMNS),)),
        # Maxima of each detector over stretches of healthy blocks.
        ("maxima_mean", "<f8", (len(DETECTORS),)),
        ("maxima_var", "<f8", (len(DETECTORS),)),
        ("maxima_count", "<i8"),
        ("stretch_max", "<f8", (len(DETECTORS),)),
        ("stretch_fill", "<i8"),
        ("severe_blocks", "<i8"),  # of the anomaly that is open while the sensor learns
        *BLOCK_HEALTH_FIELDS,
        # Decision.
        ("open", "<i8"),
        ("anomaly_offset", "<i8"),
        ("pending", "<i8"),
        ("pending_ts_us", "<i8"),
        ("pending_offset", "<i8"),
        ("returning", "<i8"),
        ("returning_ts_us", "<i8"),
        ("peak_score", "<f8"),
    ]
)
STATE_BYTES = BLOCK_STATE.itemsize
ROW_BYTES = 4 * (len(COLUMNS) + 1)

_LEARNED = (
    "rate_hz",
    "samples",
    "odd_blocks",
    "is_learned",
    "learned",
    "first_ts_us",
    "kept_rows",
    "kept_every",
    "by_speed",
    "ln_speed",
    "ln_speed_range",
    "healthy",
    "per_scale",
    "maxima_mean",
    "maxima_var",
    "maxima_count",
    "stretch_max",
    "stretch_fill",
    "severe_blocks",
    "health_run_share",
    "health_pile",
    "health_lively",
)
_VERSION = struct.Struct("<q")


def pack(state: np.void, kept: NDArray[np.float32]) -> bytes:
    """Return one sensor's state as bytes: the record, and of `kept` (KEPT_ROWS, columns + 1) the rows in use."""
    return state.tobytes() + kept[: int(state["kept_rows"])].tobytes()


def unpack(packed: bytes, tuning: BlockTuning, states: NDArray[np.void], kept: NDArray[np.float32], row: int) -> None:
    """Write packed state into `row`; what was learned with other constants is forgotten, to be learned anew.

    Raises BadDataError on another version or form.
    """
    version = _VERSION.unpack_from(packed, 8)[0] if len(packed) >= 16 else None
    if version != STATE_VERSION:
        raise BadDataError(
            f"Stored block state has version {version}, not {STATE_VERSION}; "
            "use the release that wrote it, or delete the state table to learn anew."
        )
    at = STATE_BYTES
    rows = int(np.frombuffer(packed[:at], BLOCK_STATE)["kept_rows"][0]) if len(packed) >= at else -1
    if not 0 <= rows <= KEPT_ROWS or len(packed) != at + rows * ROW_BYTES:
        raise BadDataError(f"Stored block state has {len(packed)} bytes; delete the state table to learn anew.")
    states.view(np.uint8).reshape(-1, STATE_BYTES)[row] = np.frombuffer(packed, np.uint8, at)
    kept[row] = 0.0
    kept[row, :rows] = np.frombuffer(packed, "<f4", offset=at).reshape(rows, kept.shape[2])
    constants = (tuning.learn_blocks, round(tuning.learn_s * 1e6))
    if (states["learn_blocks"][row], states["learn_us"][row]) != constants:
        for name in _LEARNED:
            states[name][row] = 0
        states["learn_blocks"][row], states["learn_us"][row] = constants
        kept[row] = 0.0
