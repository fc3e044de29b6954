"""Which frames of a microphone are taken, and whether one goes on where the one before it ended."""

import numpy as np

from models.kernel import Record, kernel

SKIPPED, DUPLICATE, LATE, NEXT, BROKEN = 0, 1, 2, 3, 4
"""Taken in before a restart; seen before; older than the last one; goes on; taken, but something is missing before."""

STATE_VERSION = 1

_SEEN = 64
_ONE = np.uint64(1)
# Clocks of microphones jitter: a numbered frame may be so far off its time and still be the next one.
_CLOCK_SLACK_US = 500_000
_JITTER_US = 50_000
_RE_ANCHOR_US = 2_000


@kernel
def place(state: Record, ts_us: int, seq: int, offset: int, rate_hz: int, channels: int, samples: int) -> int:
    """Return what becomes of a frame of `samples` samples a channel, and note its place in time where it is taken."""
    if state.version == 0:
        state.version = STATE_VERSION
        state.applied_offset = -1
        state.last_seq = -1
    if offset <= state.applied_offset:
        return SKIPPED
    state.applied_offset = offset
    length_us = round(samples * 1e6 / rate_hz)
    numbered = seq >= 0 and state.last_seq >= 0
    if state.frames > 0 and ts_us <= state.last_ts_us:
        back = state.last_seq - seq
        seen = numbered and 0 <= back < _SEEN and state.seen >> np.uint64(back) & _ONE
        return DUPLICATE if seen or ts_us == state.last_ts_us else LATE
    like = state.frames > 0 and rate_hz == state.rate_hz and channels == state.channels
    expected_us = state.anchor_us + round(state.heard * 1e6 / rate_hz)
    off_us = ts_us - expected_us
    if numbered:
        goes_on = like and seq == state.last_seq + 1 and abs(off_us) <= max(_CLOCK_SLACK_US, length_us)
    else:
        goes_on = like and abs(off_us) <= min(min(length_us, state.last_length_us) // 2, _JITTER_US)
    _note_seq(state, seq, numbered)
    if goes_on:
        if abs(off_us) > _RE_ANCHOR_US:
            state.anchor_us += off_us
    else:
        state.missing_us = off_us if state.frames > 0 else 0
        state.anchor_us = ts_us
        state.heard = 0
    state.rate_hz = rate_hz
    state.channels = channels
    state.heard += samples
    state.last_ts_us = ts_us
    state.last_length_us = length_us
    state.frames += 1
    return NEXT if goes_on else BROKEN


@kernel
def _note_seq(state: Record, seq: int, numbered: bool) -> None:
    """Remember a number of a frame that is newer than all before; one that goes back means a restarted device."""
    if seq < 0:
        return
    ahead = seq - state.last_seq
    if numbered and 0 < ahead < _SEEN:
        state.seen = (state.seen << np.uint64(ahead)) | _ONE
    else:
        state.seen = _ONE
    state.last_seq = seq
