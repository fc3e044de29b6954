"""Waveform sensors that fall silent, by the time that the blocks of their partition tell: as for readings.

Source: models/health/silence.py, for the rule.
"""

import numpy as np

from models.blocks.arrays import Bank
from models.health import silence
from models.health.state import SILENT
from models.kernel import Record, kernel
from models.told import CHANGES, Told

PERIODS_LEARNED = 10


@kernel
def alarm_us(state: Record) -> int:
    """Return when, by the clock, a sensor not heard until then is silent; else `silence.NEVER`."""
    return silence.alarm_us(state, state.blocks >= PERIODS_LEARNED)


@kernel
def sweep(bank: Bank, ts_us: int, position: int, told: Told) -> None:
    """Tell which sensors are silent before the clock goes on to `ts_us`, the time of the block at `position`."""
    clock = bank.clock[0]
    for row in range(bank.alarm.size):
        if silence.is_silent(bank.states[row], clock, bank.alarm, row):
            _tell(bank.states[row], row, position, clock.now_us, told.changes[told.counts[CHANGES]])
            told.counts[CHANGES] += 1
            bank.alarm[row] = silence.NEVER
            bank.touched[row] = True
    silence.has_looked(clock, ts_us)


@kernel
def _tell(state: Record, row: int, position: int, now_us: int, change: Record) -> None:
    """Write down that a sensor is silent; its last block names the change."""
    change.row = row
    change.position = position
    change.state = SILENT
    change.before = state.health_state
    change.ts_us = now_us
    change.since_ts_us = min(state.last_ts_us + int(state.health_period_us), now_us)
    change.offset = state.applied_offset
    change.index = 0
    change.value = np.nan
    change.amount = (now_us - state.heard_us) / 1e6
    state.health_state = SILENT
    state.health_good = 0
