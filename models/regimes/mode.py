"""Which regime an asset is in, by the readings of its mode or speed sensor.

Leader clustering: a regime is a centre, and what stays near it belongs to it; it is left beyond twice the radius, and
another is entered, or begun, when readings have stayed near each other. In between, the asset is in transit.
Source: Hartigan, J. A. (1975), Clustering Algorithms, Wiley, chapter 3, for leaders.
"""

import numpy as np
from numpy.typing import NDArray

from models.kernel import Record, kernel
from models.regimes.state import CODE, NO_MODE, NONE, REGIMES, STATE_VERSION, TRANSIT
from models.series_state import LARGEST_VALUE

RADIUS_SHARE = 0.07
"""Of the largest speed seen: within 14 % a speed that follows the load, or has a fault, stays in its regime."""

CODE_RADIUS = 0.25
NOISES = 4.0
NOISE_STEP = 1.1
HYSTERESIS = 2.0
CENTRE_READINGS = 1000


@kernel
def radius(state: Record) -> float:
    """Return how far from a centre readings are of its regime."""
    if state.kind == CODE:
        return CODE_RADIUS
    return float(max(RADIUS_SHARE * state.largest, NOISES * state.noise))


@kernel
def note(state: Record, value: float, min_stay: int) -> None:
    """Take one finite reading of the mode sensor."""
    if state.largest == 0.0 and state.regimes == 0 and state.away == 0:
        state.last = value
    step = abs(value - state.last)
    state.last = value
    state.largest = max(state.largest, abs(value))
    if state.noise == 0.0:
        state.noise = step
    else:
        smallest = 1e-9 * state.largest
        state.noise = max(state.noise * NOISE_STEP if step > state.noise else state.noise / NOISE_STEP, smallest)
    near = radius(state)
    if state.current >= 0:
        off = value - state.centre[state.current]
        if abs(off) <= HYSTERESIS * near:
            state.away = 0
            state.readings[state.current] += 1
            rate = 1.0 / min(state.readings[state.current], CENTRE_READINGS)
            state.centre[state.current] += rate * min(max(off, -near), near)
            return
    if state.away == 0 or abs(value - state.away_mean) > near:
        state.away = 0
        state.away_mean = 0.0
    state.away += 1
    state.away_mean += (value - state.away_mean) / state.away
    state.current = TRANSIT
    if state.away >= min_stay:
        _enter(state, near)


@kernel
def _enter(state: Record, near: float) -> None:
    """Enter the nearest regime, or begin one where none is near and there is room."""
    best = -1
    least = np.inf
    for k in range(int(state.regimes)):
        off = abs(state.centre[k] - state.away_mean)
        if off < least:
            best = k
            least = off
    if least > HYSTERESIS * near and state.regimes < REGIMES:
        best = int(state.regimes)
        state.regimes = best + 1
        state.centre[best] = state.away_mean
    state.current = best
    state.readings[best] += state.away
    state.away = 0
    state.away_mean = 0.0


@kernel
def advance(
    modes: NDArray[np.void],
    touched: NDArray[np.uint8],
    key: NDArray[np.int64],
    asset_row: NDArray[np.int32],
    sensor_row: NDArray[np.int32],
    kind: NDArray[np.uint8],
    value: NDArray[np.float64],
    offset: NDArray[np.int64],
    index: NDArray[np.int64],
    min_stay: int,
    regime: NDArray[np.int8],
) -> None:
    """Write the regime of each reading's asset after it, (n,); `kind` (n,) is of the reading's sensor.

    The first sensor of an asset that tells of a mode is its mode sensor for good.
    """
    for i in range(asset_row.size):
        state = modes[asset_row[i]]
        if kind[i] != NO_MODE:
            if state.version == 0:
                state.version = STATE_VERSION
                state.kind = kind[i]
                state.key = key[sensor_row[i]]
                state.applied_offset = -1
                state.current = NONE
            before = offset[i] < state.applied_offset or (
                offset[i] == state.applied_offset and index[i] <= state.applied_index
            )
            if state.key == key[sensor_row[i]] and not before:
                touched[asset_row[i]] = 1
                state.applied_offset = offset[i]
                state.applied_index = index[i]
                if np.isfinite(value[i]):
                    note(state, min(max(value[i], -LARGEST_VALUE), LARGEST_VALUE), min_stay)
        regime[i] = NONE if state.version == 0 else state.current
