"""A microphone's state as bytes, and back."""

import struct

import numpy as np
from numpy.typing import NDArray

from models.sound.clip import Sums
from models.sound.judge import Learned
from models.sound.order import STATE_VERSION
from models.sound.resample import Resampling
from models.sound.state import LEARNED_FIELDS, RUN_FIELDS, STATE_BYTES
from models.sound.tuning import SoundTuning
from schemas.errors import BadDataError

_VERSION = struct.Struct("<q")
_RESAMPLING = struct.Struct("<qqqq")


def pack(
    state: np.void, tail: NDArray[np.float32], sums: Sums, learned: Learned, by: Resampling | None, row: int
) -> bytes:
    """Return one microphone's state as bytes: the record, and of each array what is in use."""
    resampled = b"" if by is None else _RESAMPLING.pack(by.rate_hz, by.taken, by.given, len(by.held))
    return b"".join(
        [
            state.tobytes(),
            tail[: int(state["tail_samples"])].tobytes(),
            *(each[row].tobytes() for each in sums),
            learned.usual[row].tobytes(),
            learned.scale[row].tobytes(),
            learned.kept[row, : int(state["kept_rows"])].tobytes(),
            resampled,
            b"" if by is None else by.held.tobytes(),
        ]
    )


def unpack(
    packed: bytes,
    tuning: SoundTuning,
    states: NDArray[np.void],
    tail: NDArray[np.float32],
    sums: Sums,
    learned: Learned,
    row: int,
) -> Resampling | None:
    """Write packed state into `row` and return its resampling; what was learned with other constants is forgotten.

    Raises BadDataError on another version or form.
    """
    version = _VERSION.unpack_from(packed, 8)[0] if len(packed) >= 16 else None
    if version != STATE_VERSION:
        raise BadDataError(
            f"Stored sound state has version {version}, not {STATE_VERSION}; "
            "use the release that wrote it, or delete the state table to learn anew."
        )
    if len(packed) < STATE_BYTES:
        raise BadDataError(f"Stored sound state has {len(packed)} bytes; delete the state table to learn anew.")
    states.view(np.uint8).reshape(-1, STATE_BYTES)[row] = np.frombuffer(packed, np.uint8, STATE_BYTES)
    state = states[row]
    at = STATE_BYTES
    if state["constants"] != tuning.constants:
        _forget(state, tuning.constants)
        for array in (tail, *sums, *learned):
            array[row] = 0
        return None
    for array in (tail, *sums, learned.usual, learned.scale, learned.kept):
        target = array[row]
        target[...] = 0
        if array is tail:
            target = target[: int(state["tail_samples"])]
        elif array is learned.kept:
            target = target[: int(state["kept_rows"])]
        if at + target.nbytes > len(packed):
            raise BadDataError(f"Stored sound state has {len(packed)} bytes; delete the state table to learn anew.")
        target[...] = np.frombuffer(packed, array.dtype, target.size, at).reshape(target.shape)
        at += target.nbytes
    if at == len(packed):
        return None
    rate_hz, taken, given, held = _RESAMPLING.unpack_from(packed, at)
    by = Resampling(rate_hz)
    by.taken, by.given = taken, given
    by.held = np.frombuffer(packed, np.float32, held, at + _RESAMPLING.size).copy()
    return by


def _forget(state: np.void, constants: int) -> None:
    """Forget what was learned, so that it is learned anew; order in time, health and an open anomaly stay."""
    for name in RUN_FIELDS + LEARNED_FIELDS:
        state[name] = 0
    # No frame goes on where nothing is kept of the sound before it.
    state["rate_hz"] = 0
    state["constants"] = constants
