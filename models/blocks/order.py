"""Which blocks are taken in: each once, in order of time, of the shape that the sensor is known by."""

from models.arrival import NEW, arrive, note_seq
from models.blocks.state import STATE_VERSION, Record
from models.kernel import kernel

ODD, TAKEN = 3, 4
"""Beside SKIPPED, DUPLICATE and LATE: of another length or rate; taken."""

MOST_ODD_BLOCKS = 5
"""So many in a row of another length or rate: the sensor was set up anew, and is learned anew."""

_RATE_SHARE = 0.01
_LENGTH_SHARE = 0.25


@kernel
def place(state: Record, ts_us: int, seq: int, offset: int) -> int:
    """Return SKIPPED, DUPLICATE, LATE or TAKEN, and note the block's place in time where it is taken."""
    status = arrive(state, STATE_VERSION, state.blocks == 0, ts_us, seq, offset)
    if status != NEW:
        return status
    note_seq(state, seq)
    state.last_ts_us = ts_us
    state.blocks += 1
    return TAKEN


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
