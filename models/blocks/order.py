"""Which blocks are taken in: each once, in order of time, of the shape that the sensor is known by."""

import numpy as np

from models.blocks.state import STATE_VERSION, Record
from models.kernel import kernel

SKIPPED, DUPLICATE, LATE, ODD, TAKEN = 0, 1, 2, 3, 4
"""Taken in before a restart; seen before; older than the last one; of another length or rate; taken."""

MOST_ODD_BLOCKS = 5
"""So many in a row of another length or rate: the sensor was set up anew, and is learned anew."""

_RATE_SHARE = 0.01
_LENGTH_SHARE = 0.25
_SEEN = 64
_ONE = np.uint64(1)


@kernel
def place(state: Record, ts_us: int, seq: int, offset: int) -> int:
    """Return SKIPPED, DUPLICATE, LATE or TAKEN, and note the block's place in time where it is taken."""
    if state.version == 0:
        state.version = STATE_VERSION
        state.applied_offset = -1
        state.last_seq = -1
    if offset <= state.applied_offset:
        return SKIPPED
    state.applied_offset = offset
    known = seq >= 0 and state.last_seq >= 0
    if state.blocks > 0 and ts_us <= state.last_ts_us:
        back = state.last_seq - seq
        seen = known and 0 <= back < _SEEN and state.seen >> np.uint64(back) & _ONE
        return DUPLICATE if seen or ts_us == state.last_ts_us else LATE
    _note_seq(state, seq, known)
    state.last_ts_us = ts_us
    state.blocks += 1
    return TAKEN


@kernel
def _note_seq(state: Record, seq: int, known: bool) -> None:
    """Remember a number of a block that is newer than all before; one that goes back means a restarted device."""
    if seq < 0:
        return
    ahead = seq - state.last_seq
    if known and 0 < ahead < _SEEN:
        state.seen = (state.seen << np.uint64(ahead)) | _ONE
    else:
        state.seen = _ONE
    state.last_seq = seq


@kernel
def fits(state: Record, rate_hz: float, samples: int) -> bool:
    """Return whether a block is like those that the sensor is known by; the first one says what they are like."""
    if state.samples == 0:
        state.rate_hz = rate_hz
        state.samples = samples
    like = (
        abs(rate_hz - state.rate_hz) <= _RATE_SHARE * state.rate_hz
        and abs(samples - state.samples) <= _LENGTH_SHARE * state.samples
    )
    state.odd_blocks = 0 if like else state.odd_blocks + 1
    return bool(like)
