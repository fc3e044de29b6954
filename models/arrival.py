"""Which of a sensor's blocks or frames are new: each is taken once, in order of time.

`state` is a record with `version`, `applied_offset`, `last_ts_us`, `last_seq` and `seen`: bit k says that number
last_seq − k has come.
"""

import numpy as np

from models.kernel import Record, kernel

SKIPPED, DUPLICATE, LATE = range(3)
"""Taken in before a restart; seen before; older than the last one."""

NEW = 3

_SEEN = 64
_ONE = np.uint64(1)


@kernel
def arrive(state: Record, version: int, is_first: bool, ts_us: int, seq: int, offset: int) -> int:
    """Return SKIPPED, DUPLICATE, LATE or NEW, and note `offset`; a fresh state gets its `version`."""
    if state.version == 0:
        state.version = version
        state.applied_offset = -1
        state.last_seq = -1
    if is_taken_in(state, offset):
        return SKIPPED
    state.applied_offset = offset
    if is_first or ts_us > state.last_ts_us:
        return NEW
    back = state.last_seq - seq
    known = is_numbered(state, seq) and 0 <= back < _SEEN and state.seen >> np.uint64(back) & _ONE
    return DUPLICATE if known or ts_us == state.last_ts_us else LATE


@kernel
def is_taken_in(state: Record, offset: int) -> bool:
    """Return whether a record at `offset` was taken in before a restart."""
    return bool(state.version != 0 and offset <= state.applied_offset)


@kernel
def is_numbered(state: Record, seq: int) -> bool:
    """Return whether a number can be compared with the last one; −1: none."""
    return bool(seq >= 0 and state.last_seq >= 0)


@kernel
def note_seq(state: Record, seq: int) -> None:
    """Remember the number of what is newer than all before; one that goes back means a restarted device."""
    if seq < 0:
        return
    ahead = seq - state.last_seq
    if is_numbered(state, seq) and 0 < ahead < _SEEN:
        state.seen = (state.seen << np.uint64(ahead)) | _ONE
    else:
        state.seen = _ONE
    state.last_seq = seq
