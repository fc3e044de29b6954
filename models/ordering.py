"""Event time of one series: which arriving reading is a duplicate, late, due now, or to be held for those before it.

A sequence number seen among the last 64, or a time already put in its place or held, is a duplicate. A sequence number
that falls back by 64 or more with a newer time is a device that restarted.
"""

import numpy as np

from models.kernel import Record, kernel
from models.series_state import HELD_CAPACITY, RECENT

DUPLICATE = 0
LATE = 1
DUE = 2
HOLD = 3

SEQ_WINDOW = 64
_HASH = -7046029254386353131  # 2^64 / golden ratio, as int64


@kernel
def _hash(ts_us: int) -> np.uint32:
    return np.uint32(((ts_us * _HASH) >> 32) & 0xFFFFFFFF)


@kernel
def _remembers(state: Record, ts_us: int) -> bool:
    wanted = _hash(ts_us)
    found = False
    for k in range(min(state.placed, RECENT)):
        found = found or state.recent_ts[k] == wanted
    return found


@kernel
def _note_seq(state: Record, seq: int, newer: bool) -> None:
    back = state.max_seq - seq
    if back < 0:
        state.seen_seqs = (state.seen_seqs << -back) | 1 if -back < SEQ_WINDOW else 1
        state.max_seq = seq
    elif back < SEQ_WINDOW:
        state.seen_seqs |= 1 << back
    elif newer:
        state.seen_seqs = 1
        state.max_seq = seq


@kernel
def admit(state: Record, held: Record, ts_us: int, seq: int, grace_us: int) -> int:
    """Judge an arriving reading (seq -1: none) and note its number and time; returns DUPLICATE, LATE, DUE or HOLD."""
    if seq >= 0:
        back = state.max_seq - seq
        if 0 <= back < SEQ_WINDOW and (state.seen_seqs >> back) & 1:
            return DUPLICATE
    if state.placed > 0 and ts_us <= state.last_ts_us:
        if ts_us == state.last_ts_us or _remembers(state, ts_us):
            return DUPLICATE
        if seq >= 0 and state.max_seq - seq < SEQ_WINDOW:
            _note_seq(state, seq, False)
        return LATE
    for k in range(state.held):
        if held.ts_us[k] == ts_us:
            return DUPLICATE
    nothing_before = state.placed == 0 and state.held == 0
    newer = nothing_before or ts_us > state.max_ts_us
    if seq >= 0:
        _note_seq(state, seq, newer)
    if newer:
        state.max_ts_us = ts_us
    if grace_us == 0 or (state.held == 0 and seq >= 0 and state.last_seq >= 0 and seq == state.last_seq + 1):
        return DUE
    return HOLD


@kernel
def hold(state: Record, held: Record, ts_us: int, value: float, seq: int, offset: int, index: int) -> None:
    """Put a reading in its place in the reorder buffer, which must have room."""
    k = state.held
    while k > 0 and held.ts_us[k - 1] > ts_us:
        _move(held, k - 1, k)
        k -= 1
    held.ts_us[k] = ts_us
    held.value[k] = value
    held.seq[k] = seq
    held.offset[k] = offset
    held.index[k] = index
    state.held += 1


@kernel
def first_is_due(state: Record, held: Record, grace_us: int) -> bool:
    """Return whether the oldest held reading waits for nothing any more."""
    if state.held == 0:
        return False
    if state.held == HELD_CAPACITY or state.max_ts_us - held.ts_us[0] >= grace_us:
        return True
    seq = held.seq[0]
    return bool(seq >= 0 and state.last_seq >= 0 and seq == state.last_seq + 1)


@kernel
def drop_first(state: Record, held: Record) -> None:
    """Remove the oldest held reading."""
    last = state.held - 1
    for k in range(last):
        _move(held, k + 1, k)
    # Nothing of a released reading stays behind, so that equal states are equal bytes.
    held.ts_us[last] = 0
    held.value[last] = 0.0
    held.seq[last] = 0
    held.offset[last] = 0
    held.index[last] = 0
    state.held = last


@kernel
def place(state: Record, ts_us: int, seq: int) -> None:
    """Note that a reading took its place in time."""
    state.recent_ts[state.placed % RECENT] = _hash(ts_us)
    state.placed += 1
    state.last_ts_us = ts_us
    state.last_seq = seq


@kernel
def _move(held: Record, source: int, target: int) -> None:
    held.ts_us[target] = held.ts_us[source]
    held.value[target] = held.value[source]
    held.seq[target] = held.seq[source]
    held.offset[target] = held.offset[source]
    held.index[target] = held.index[source]
