"""Cuts windows out of a series: one every hop, once so many samples came without a break.

Short gaps are filled by linear interpolation and flagged; a longer one begins a new run, and no window reaches over it.
Gaps are seen in sequence numbers that count the sensor's readings one by one, else in times where these are regular.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.features.imputation import LONGEST_GAP, places_since
from models.health.cadence import STEADY
from models.kernel import Record, kernel
from models.windows.state import IMPUTED, LONGEST_WINDOW, MOST_HOPS

REGULAR_SHARE = 0.8
"""Of the intervals of late that must be near the usual one for times to tell of gaps."""

_REGULAR_MEMORY = 32.0
_KNOWN_AFTER = 30


class Cut(NamedTuple):
    """Room for windows: `facts` (capacity,) of WINDOW, `samples` (capacity, LONGEST_WINDOW), `used` (1,)."""

    facts: NDArray[np.void]
    samples: NDArray[np.float64]
    used: NDArray[np.int64]


@kernel
def _places(state: Record, ts_us: int, seq: int) -> int:
    """Return how many places after the last reading this one lies: 1, more where samples are missing."""
    interval_us = float(ts_us - state.window_ts_us)
    period_us = float(state.health_period_us)
    if state.health_steady >= STEADY and seq >= 0 and state.window_seq >= 0:
        return int(max(seq - state.window_seq, 1))
    if period_us <= 0.0 or state.placed < _KNOWN_AFTER:
        return 1
    regular = 1.0 if abs(interval_us - period_us) < 0.5 * period_us else 0.0
    state.window_regular += (regular - state.window_regular) / _REGULAR_MEMORY
    places, late_us = places_since(interval_us, state.window_late_us, period_us)
    if state.window_regular < REGULAR_SHARE or places < 1 or places > LONGEST_GAP + 1:
        # Not on the grid: an irregular series, a second reading at one place, or the end of a run.
        state.window_late_us = 0.0
        return places if state.window_regular >= REGULAR_SHARE and places > 1 else 1
    state.window_late_us = late_us
    return places


@kernel
def _push(state: Record, sample: float, imputed: int, ts_us: int, offset: int, hop: int) -> None:
    run = state.window_run
    if run % hop == 0:
        state.window_mark_us[(run // hop) % MOST_HOPS] = ts_us
        state.window_mark_offset[(run // hop) % MOST_HOPS] = offset
    state.window_ring[run % LONGEST_WINDOW] = sample
    state.window_imputed = (state.window_imputed << np.uint64(1)) | np.uint64(imputed)
    state.window_run = run + 1


@kernel
def take(state: Record, value: float, ts_us: int, seq: int, offset: int, window: int, hop: int) -> bool:
    """Take a finite value into the run; return whether a window of the last `window` samples falls due."""
    if state.window_hop != hop:
        state.window_hop = hop
        state.window_run = 0
    before = state.window_run
    places = _places(state, ts_us, seq) if before > 0 else 1
    sample = value - state.base
    if places > LONGEST_GAP + 1:
        before = 0
        state.window_run = 0
        state.window_late_us = 0.0
    elif places > 1:
        last = float(state.window_ring[(before - 1) % LONGEST_WINDOW])
        step_us = (ts_us - state.window_ts_us) // places
        for m in range(1, places):
            between = last + (sample - last) * m / places
            _push(state, between, 1, state.window_ts_us + m * step_us, offset, hop)
    _push(state, sample, 0, ts_us, offset, hop)
    state.window_ts_us = ts_us
    state.window_seq = seq
    run = state.window_run
    return bool(run >= window and run // hop > before // hop)


@kernel
def cut(state: Record, window: int, hop: int, samples: NDArray[np.float64], facts: Record) -> None:
    """Write the last `window` samples, the oldest first, and where and when they begin."""
    run = state.window_run
    begin = run - window
    for k in range(window):
        samples[k] = state.base + float(state.window_ring[(begin + k) % LONGEST_WINDOW])
    mark = (begin // hop) % MOST_HOPS
    facts.start_ts_us = state.window_mark_us[mark]
    facts.first_offset = state.window_mark_offset[mark]
    facts.samples = window
    facts.number = run // hop
    in_window = np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(LONGEST_WINDOW - window)
    facts.flags = IMPUTED if state.window_imputed & in_window else 0
