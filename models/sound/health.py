"""Whether a microphone can be trusted: gaps, silence, clipping, noise around, and a gain that is not the usual one.

Loudness is the microphone's matter, not the machine's: when every band has moved by the same amount and the shape of
the spectrum is the usual one, somebody turned a knob or moved the microphone.
"""

from math import isnan, log

from models.health.state import CLIPPED, GAP, NOISY, OK, OUT_OF_RANGE, SILENT
from models.kernel import Record, kernel

SILENT_RMS = 1e-5
"""−100 dB of full scale: less than a step of 16 bit. There is no machine, and no room, so quiet."""

CLIPPED_SHARE = 5e-4
GAIN_DB = 6.0
"""A level so far from the usual, with the usual spectrum, is another gain."""

GAIN_BACK_DB = 5.0
"""It is another gain until the level is nearer than this: one right at the bound does not come and go."""

BAD_HOPS = 2
GOOD_HOPS = 5
_LEAST_SWING = 0.7  # 3 dB
_SWING_TIMES = 1.5


@kernel
def decibel(natural: float) -> float:
    """Return decibels for a natural logarithm of power."""
    return natural * 10.0 / log(10.0)


@kernel
def largest_swing(state: Record) -> float:
    """Return by how much the level may differ within a clip that is judged: a step of the gain is no sound."""
    return float(max(_LEAST_SWING, _SWING_TIMES * state.swing))


@kernel
def see(
    state: Record, rms: float, clipped: float, missing_us: int, noise_db: float, gain_db: float, usual_shape: bool
) -> int:
    """Return the state that one hop speaks for; `noise_db` is 0, `gain_db` NaN where nothing is known of them."""
    # What was missing while it was silent is told already.
    if missing_us > 0 and state.health != SILENT:
        return GAP
    if rms < SILENT_RMS:
        return SILENT
    if clipped >= CLIPPED_SHARE:
        return CLIPPED
    if noise_db > 0.0:
        return NOISY
    # Written so that NaN fails.
    if abs(gain_db) >= (GAIN_BACK_DB if state.health == OUT_OF_RANGE else GAIN_DB) and usual_shape:
        return OUT_OF_RANGE
    return OK


@kernel
def spoils(seen: int) -> bool:
    """Return whether what a hop speaks for makes it useless to learn from and to judge."""
    return seen in (SILENT, CLIPPED)


@kernel
def follow(state: Record, seen: int, ts_us: int) -> bool:
    """Take in what a hop speaks for; return whether the state changed. A gap is told at once, others when they last."""
    if seen == OK:
        state.health_bad = OK
        state.health_bad_run = 0
        if state.health == OK:
            return False
        state.health_good_run += 1
        if state.health_good_run < GOOD_HOPS:
            return False
        return change(state, OK, ts_us)
    state.health_good_run = 0
    if seen != state.health_bad:
        state.health_bad = seen
        state.health_bad_run = 0
        state.health_bad_ts_us = ts_us
    state.health_bad_run += 1
    if seen == state.health or (state.health_bad_run < BAD_HOPS and seen != GAP):
        return False
    return change(state, seen, state.health_bad_ts_us)


@kernel
def change(state: Record, to: int, since_us: int) -> bool:
    """Have the state be another one since about `since_us`; returns True."""
    state.health_before = state.health
    state.health = to
    state.health_since_us = since_us
    state.health_good_run = 0
    return True


@kernel
def amount(state: Record, rms: float, clipped: float, missing_us: int, noise_db: float, gain_db: float) -> float:
    """Return the number that goes with the present state."""
    if state.health == GAP:
        return missing_us / 1e6
    if state.health == SILENT:
        return rms
    if state.health == CLIPPED:
        return clipped
    if state.health == NOISY:
        return noise_db
    return 0.0 if isnan(gain_db) else gain_db
