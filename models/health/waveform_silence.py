"""Waveform sensors and microphones that fall silent, by the time that the others of their partition tell.

Source: models/health/silence.py, for the rule. A record of either has `last_ts_us`, `heard_us`, `health_period_us` and
`health_longest_us`; a piece is a block or a frame.
"""

import numpy as np
from numpy.typing import NDArray

from models.health import silence
from models.health.state import SILENT
from models.kernel import Record, kernel

PERIODS_LEARNED = 10
GAP_PERIODS = 10.0
_SLOW = 0.1


@kernel
def learn_interval(state: Record, interval_us: float) -> None:
    """Take the time between two pieces, with nothing lost in between, as usual."""
    if interval_us <= 0.0:
        return
    if state.health_period_us == 0.0:
        state.health_period_us = interval_us
    state.health_longest_us = max(state.health_longest_us, interval_us)
    state.health_period_us += _SLOW * (min(interval_us, 2.0 * state.health_period_us) - state.health_period_us)


@kernel
def is_pause(state: Record, interval_us: float) -> bool:
    """Return whether pieces without numbers are that far apart that some must be missing."""
    return bool(state.health_period_us > 0.0 and interval_us > GAP_PERIODS * state.health_period_us)


@kernel
def learn_pause(state: Record, interval_us: float) -> None:
    """Note a pause: one that keeps coming back is silence less and less often."""
    state.health_longest_us = min(interval_us, 2.0 * state.health_longest_us)


@kernel
def alarm_us(state: Record, pieces: int, is_silent: bool) -> int:
    """Return when, by the clock, a sensor not heard until then is silent; `silence.NEVER` where it is silent already.

    `pieces` were heard of it so far.
    """
    return silence.alarm_us(state, pieces >= PERIODS_LEARNED and not is_silent)


@kernel
def sweep(
    states: NDArray[np.void],
    alarm: NDArray[np.int64],
    touched: NDArray[np.bool_],
    clock: Record,
    ts_us: int,
    position: int,
    changes: NDArray[np.void],
    used: int,
) -> int:
    """Tell which sensors are silent before the clock goes on to `ts_us`, the time of the piece at `position`.

    Returns the number of changes written so far; of what state a sensor was in before they do not speak.
    """
    for row in range(alarm.size):
        if silence.is_silent(states[row], clock, alarm, row):
            _tell(states[row], row, position, clock.now_us, changes[used])
            used += 1
            alarm[row] = silence.NEVER
            touched[row] = True
    silence.has_looked(clock, ts_us)
    return used


@kernel
def _tell(state: Record, row: int, position: int, now_us: int, change: Record) -> None:
    change.row = row
    change.position = position
    change.state = SILENT
    change.ts_us = now_us
    change.since_ts_us = min(state.last_ts_us + int(state.health_period_us), now_us)
    change.amount = (now_us - state.heard_us) / 1e6
