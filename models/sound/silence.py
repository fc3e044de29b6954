"""Microphones whose frames stop coming: missed by the time that the other frames of the partition tell.

That a microphone is missed is known where frames are put in order; what it was heard to be before, only where looks are
judged. So it is noted first, in records of SOUND_HEALTH, and told between the looks before and after.
"""

import numpy as np
from numpy.typing import NDArray

from models.health import silence, waveform_silence
from models.health.state import OK, SILENT
from models.kernel import Record, kernel
from models.sound import health
from models.told import CHANGES, Told

_TOLD = -1


@kernel
def alarm_us(state: Record) -> int:
    """Return when, by the clock, a microphone not heard until then is missed; else `silence.NEVER`."""
    return waveform_silence.alarm_us(state, state.frames, state.unheard == 1)


@kernel
def alarms(states: NDArray[np.void], alarm: NDArray[np.int64]) -> None:
    """Write `alarm_us` of each record."""
    for row in range(alarm.size):
        alarm[row] = alarm_us(states[row])


@kernel
def hear(state: Record, clock: Record, ts_us: int, seq: int, before_us: int, before_seq: int, goes_on: bool) -> None:
    """Note that a frame was taken, the next after that of `before_us` and `before_seq`; `goes_on`: nothing missing."""
    interval_us = float(ts_us - before_us)
    is_numbered = seq >= 0 and before_seq >= 0
    lost_nothing = goes_on or (is_numbered and seq == before_seq + 1)
    if state.frames > 1:
        if lost_nothing or not (is_numbered or waveform_silence.is_pause(state, interval_us)):
            waveform_silence.learn_interval(state, interval_us)
        elif not is_numbered:
            waveform_silence.learn_pause(state, interval_us)
    silence.hear(state, clock, ts_us, lost_nothing and state.unheard == 1)
    state.unheard = 0


@kernel
def miss(
    states: NDArray[np.void],
    touched: NDArray[np.bool_],
    alarm: NDArray[np.int64],
    clock: Record,
    ts_us: int,
    position: int,
    missed: NDArray[np.void],
    used: int,
) -> int:
    """Note who is missed before the clock goes on to `ts_us`, the time of the frame at `position`; return how many."""
    first = used
    used = waveform_silence.sweep(states, alarm, touched, clock, ts_us, position, missed, used)
    for k in range(first, used):
        states[missed[k].row].unheard = 1
    return used


@kernel
def tell_missed(states: NDArray[np.void], missed: NDArray[np.void], row: int, position: int, told: Told) -> None:
    """Tell that a microphone was missed at a frame up to `position`."""
    for k in range(len(missed)):
        if missed[k].row == row and missed[k].position <= position:
            _tell(states[row], missed, k, told)


@kernel
def tell_rest(states: NDArray[np.void], missed: NDArray[np.void], told: Told) -> None:
    """Tell who was missed behind the last look."""
    for k in range(len(missed)):
        if missed[k].row != _TOLD:
            _tell(states[missed[k].row], missed, k, told)


@kernel
def _tell(state: Record, missed: NDArray[np.void], k: int, told: Told) -> None:
    """Write the change, unless the microphone was silent already: by what it sent, or since it was missed before."""
    if state.health != SILENT:
        health.change(state, SILENT, missed[k].since_ts_us)
        state.health_bad = OK
        state.health_bad_run = 0
        told.changes[told.counts[CHANGES]] = missed[k]
        out = told.changes[told.counts[CHANGES]]
        out.before = state.health_before
        out.unheard = True
        told.counts[CHANGES] += 1
    missed[k].row = _TOLD
