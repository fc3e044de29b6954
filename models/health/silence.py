"""Silent: a sensor that stops sending, judged by the time that the other sensors of its partition tell.

The partition's clock is the largest event time that arrived, whoever sent it; clocks of sensors may differ. Whenever a
reading is about to carry it over a whole step, every sensor is looked at: not heard for `SILENT_PERIODS` of its usual
periods, `SILENT_LONGEST` of its longest healthy ones and `LEAST_US`, it is silent.
Where all sensors pause together nobody tells the time, and no sensor is to blame: a jump of the clock by half of what a
sensor may be quiet for, or more, gives that sensor all of its time again. A stamp ahead of all others holds the clock
until they are there: what falls silent in between is told then.
One that lost nothing while it was silent keeps readings back and sends many at once: with each time it may be quiet
for up to twice as long.
"""

import numpy as np
from numpy.typing import NDArray

from models.health.cadence import PERIODS_LEARNED
from models.health.state import SILENT
from models.kernel import Record, kernel

STEP_US = 5_000_000
SILENT_PERIODS = 20.0
SILENT_LONGEST = 4.0
LEAST_US = 10_000_000.0
NEVER = np.iinfo(np.int64).max
PAUSES = 40
_FIRST_PAUSE_US = 1_000_000

CLOCK = np.dtype(
    [
        ("now_us", "<i8"),  # largest event time that arrived
        ("step_us", "<i8"),  # from where on a reading has the sensors looked at
        ("resumed_us", "<i8", (PAUSES,)),  # k: end of the last jump of at least 2^k s
    ]
)
"""The clock of a partition."""


@kernel
def _patience_us(state: Record) -> float:
    """Return for how long a sensor may be quiet."""
    return float(max(SILENT_PERIODS * state.health_period_us, SILENT_LONGEST * state.health_longest_us, LEAST_US))


@kernel
def hear(state: Record, clock: Record, ts_us: int, only_paused: bool) -> None:
    """Note that a sensor sent a reading of `ts_us`, neither a duplicate nor late.

    `only_paused`: it was silent, and lost nothing meanwhile.
    """
    if only_paused:
        quiet_us = float(clock.now_us - state.heard_us)
        longest_us = min(quiet_us, 2.0 * _patience_us(state) / SILENT_LONGEST)
        state.health_longest_us = max(state.health_longest_us, longest_us)
    jump_us = ts_us - clock.now_us
    if jump_us > 0:
        clock.now_us = ts_us
        k = 0
        while k < PAUSES and _FIRST_PAUSE_US << k <= jump_us:
            clock.resumed_us[k] = ts_us
            k += 1
    state.heard_us = clock.now_us


@kernel
def alarm_us(state: Record, can_fall_silent: bool) -> int:
    """Return when, by the clock, a sensor not heard until then is silent, without regard to pauses; else `NEVER`.

    `can_fall_silent`: its period is known, and it is not silent already.
    """
    if not can_fall_silent:
        return int(NEVER)
    return int(state.heard_us + int(_patience_us(state)))


@kernel
def can_fall_silent(state: Record) -> bool:
    """Return whether the period of a series is known, and it is not silent."""
    return bool(state.readings >= PERIODS_LEARNED and state.health_state != SILENT)


@kernel
def alarms(hot: NDArray[np.void], alarm: NDArray[np.int64]) -> None:
    """Write `alarm_us` of each record."""
    for row in range(alarm.size):
        alarm[row] = alarm_us(hot[row], can_fall_silent(hot[row]))


@kernel
def is_silent(state: Record, clock: Record, alarm: NDArray[np.int64], row: int) -> bool:
    """Return whether a sensor is silent now; `alarm[row]` is put off where pauses of all sensors ask for it."""
    if alarm[row] > clock.now_us:
        return False
    alarm[row] = _alarm_after_pauses_us(state, clock)
    return bool(alarm[row] <= clock.now_us)


@kernel
def has_looked(clock: Record, ts_us: int) -> None:
    """Note that every sensor was looked at before the clock goes on to `ts_us`."""
    clock.step_us = (ts_us // STEP_US + 1) * STEP_US


@kernel
def _alarm_after_pauses_us(state: Record, clock: Record) -> int:
    patience_us = _patience_us(state)
    k = 0
    while k + 1 < PAUSES and _FIRST_PAUSE_US << (k + 1) <= patience_us / 2.0:
        k += 1
    return int(max(state.heard_us, clock.resumed_us[k]) + int(patience_us))


@kernel
def sweep(
    hot: NDArray[np.void],
    touched: NDArray[np.uint8],
    alarm: NDArray[np.int64],
    clock: Record,
    ts_us: int,
    position: int,
    changes: NDArray[np.void],
    used: int,
) -> int:
    """Tell which sensors are silent before the clock goes on to `ts_us`; returns the number of changes written so far.

    `alarm` (n,) is what `alarm_us` says of each row, or later where pauses were looked at.
    To be called again where `changes` is full and `clock.step_us` not beyond `ts_us` yet.
    """
    now_us = clock.now_us
    for row in range(alarm.size):
        if not is_silent(hot[row], clock, alarm, row):
            continue
        if used == changes.size:
            return used
        _tell(hot[row], row, position, now_us, changes[used])
        touched[row] = 1
        alarm[row] = NEVER
        used += 1
    has_looked(clock, ts_us)
    return used


@kernel
def _tell(state: Record, row: int, position: int, now_us: int, change: Record) -> None:
    """Write down that a sensor is silent; its last reading names the change, so that no two have one name."""
    since_us = min(state.max_ts_us + int(state.health_period_us), now_us)
    change.row = row
    change.position = position
    change.state = SILENT
    change.before = state.health_state
    change.ts_us = now_us
    change.since_ts_us = since_us
    change.offset = state.applied_offset
    change.index = state.applied_index
    change.value = np.nan
    change.amount = (now_us - state.heard_us) / 1e6
    state.health_state = SILENT
    state.health_since_us = since_us
    state.health_good = 0
