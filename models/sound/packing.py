"""A microphone's state as bytes, and back."""

import struct
from collections.abc import Iterator
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from models.sound.clip import Sums
from models.sound.hearing import TAIL_SAMPLES, Hearing
from models.sound.looks import Learned
from models.sound.order import STATE_VERSION
from models.sound.resample import Resampling
from models.sound.state import KEPT_ROWS, LEARNED_FIELDS, RUN_FIELDS, STATE_BYTES
from models.sound.tuning import SoundTuning
from schemas.errors import BadDataError

_VERSION = struct.Struct("<q")
_RESAMPLING = struct.Struct("<qqq")


def pack(row: int, states: NDArray[np.void], hearing: Hearing, sums: Sums, learned: Learned) -> bytes:
    """Return one microphone's state as bytes: the record, and of each array what is in use."""
    state, by = states[row], hearing.resampling.get(row)
    parts = [state.tobytes(), *(part.tobytes() for part in _parts(row, state, hearing, sums, learned))]
    if by is not None:
        parts += [_RESAMPLING.pack(by.rate_hz, by.taken, by.given), by.held.tobytes()]
    return b"".join(parts)


def unpack(
    packed: bytes,
    row: int,
    tuning: SoundTuning,
    states: NDArray[np.void],
    hearing: Hearing,
    sums: Sums,
    learned: Learned,
) -> None:
    """Write packed state into `row`; what was learned with other constants is forgotten, to be learned anew.

    Raises BadDataError on another version or form.
    """
    version = _VERSION.unpack_from(packed, 8)[0] if len(packed) >= 16 else None
    if version != STATE_VERSION:
        raise BadDataError(
            f"Stored sound state has version {version}, not {STATE_VERSION}; "
            "use the release that wrote it, or delete the state table to learn anew."
        )
    if len(packed) < STATE_BYTES:
        _refuse(packed)
    states.view(np.uint8).reshape(-1, STATE_BYTES)[row] = np.frombuffer(packed, np.uint8, STATE_BYTES)
    state, at = states[row], STATE_BYTES
    hearing.forget(row)
    for array in (hearing.tail, *sums, *learned):
        array[row] = 0
    if state["constants"] != tuning.constants:
        _forget(state, tuning.constants)
        return
    if not (0 <= state["tail_samples"] <= TAIL_SAMPLES and 0 <= state["kept_rows"] <= KEPT_ROWS):
        _refuse(packed)
    for part in _parts(row, state, hearing, sums, learned):
        if at + part.nbytes > len(packed):
            _refuse(packed)
        part[...] = np.frombuffer(packed, part.dtype, part.size, at).reshape(part.shape)
        at += part.nbytes
    if at < len(packed):
        hearing.resampling[row] = _resampling(packed, at)


def _parts(
    row: int, state: np.void, hearing: Hearing, sums: Sums, learned: Learned
) -> Iterator[NDArray[np.float32] | NDArray[np.float64] | NDArray[np.int32]]:
    """Yield what is in use of each array, in order."""
    yield hearing.tail[row, : int(state["tail_samples"])]
    for array in sums:
        yield array[row]
    yield learned.usual[row]
    yield learned.scale[row]
    yield learned.kept[row, : int(state["kept_rows"])]


def _resampling(packed: bytes, at: int) -> Resampling:
    held_at = at + _RESAMPLING.size
    if held_at > len(packed) or (len(packed) - held_at) % 4:
        _refuse(packed)
    rate_hz, taken, given = _RESAMPLING.unpack_from(packed, at)
    by = Resampling(rate_hz)
    by.taken, by.given = taken, given
    by.held = np.frombuffer(packed, np.float32, offset=held_at).copy()
    return by


def _refuse(packed: bytes) -> NoReturn:
    raise BadDataError(f"Stored sound state has {len(packed)} bytes; delete the state table to learn anew.")


def _forget(state: np.void, constants: int) -> None:
    """Forget what was learned, so that it is learned anew; order in time, health and an open anomaly stay."""
    for name in RUN_FIELDS + LEARNED_FIELDS:
        state[name] = 0
    # No frame goes on where nothing is kept of the sound before it.
    state["rate_hz"] = 0
    state["constants"] = constants
