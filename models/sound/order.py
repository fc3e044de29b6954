"""Which frames of a microphone are taken, and whether one goes on where the one before it ended."""

from models.arrival import NEW, arrive, is_numbered, note_seq
from models.kernel import Record, kernel

NEXT, BROKEN = 3, 4
"""Beside SKIPPED, DUPLICATE and LATE: goes on where the one before ended; taken, but something is missing before."""

STATE_VERSION = 3

# Clocks of microphones jitter: a numbered frame may be so far off its time and still be the next one.
_CLOCK_SLACK_US = 500_000
_JITTER_US = 50_000
_RE_ANCHOR_US = 2_000


@kernel
def place(state: Record, ts_us: int, seq: int, offset: int, rate_hz: int, channels: int, samples: int) -> int:
    """Return what becomes of a frame of `samples` samples a channel, and note its place in time where it is taken."""
    status = arrive(state, STATE_VERSION, state.frames == 0, ts_us, seq, offset)
    if status != NEW:
        return status
    numbered = is_numbered(state, seq)
    length_us = round(samples * 1e6 / rate_hz)
    like = state.frames > 0 and rate_hz == state.rate_hz and channels == state.channels
    expected_us = state.anchor_us + round(state.heard * 1e6 / rate_hz)
    off_us = ts_us - expected_us
    if numbered:
        goes_on = like and seq == state.last_seq + 1 and abs(off_us) <= max(_CLOCK_SLACK_US, length_us)
    else:
        goes_on = like and abs(off_us) <= min(min(length_us, state.last_length_us) // 2, _JITTER_US)
    note_seq(state, seq)
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
