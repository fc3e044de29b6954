"""What is usual for one series in each regime of its asset, and its values brought back to one of them.

The home regime is the first that the series knows. A value of another known regime is handed on as the value of the
home regime that is as many standard deviations from its mean; so a change of regime alone changes nothing after it.
"""

from math import nan, sqrt

from models.kernel import kernel
from models.regimes.state import NONE, TRANSIT
from models.series_state import Record

SLOWEST_READINGS = 4000
CUT_SDS = 4.0
LEAST_SCALE = 0.1
"""Smallest scale of a regime, as a share of the scale at home: what is still in standstill is not to shout."""


@kernel
def take(state: Record, regime: int, value: float, settle_readings: int, learn_readings: int) -> float:
    """Note the regime of a finite reading; returns the value to judge, NaN if the series is to be silent about it.

    Without regimes (NONE) it is the value itself. A reading of a regime not known yet is learned here and now.
    """
    if regime == NONE:
        return value
    if regime != state.current:
        state.current = regime
        state.since = 0
    if regime == TRANSIT:
        return nan
    if state.since < settle_readings:
        state.since += 1
        return nan
    if state.count[regime] < learn_readings:
        learn(state, regime, value)
        if state.home == 0 and state.count[regime] >= learn_readings:
            state.home = regime + 1
        return nan
    return to_home(state, regime, value)


@kernel
def learn(state: Record, regime: int, value: float) -> None:
    """Take a healthy value into the baseline of its regime; far values are cut once there is a scale."""
    if regime < 0:
        return
    n = state.count[regime]
    if n == 0:
        state.mean[regime] = value
    step = value - state.mean[regime]
    most = CUT_SDS * sqrt(state.variance[regime])
    if n >= 30 and most > 0.0:
        step = min(max(step, -most), most)
    rate = max(1.0 / (n + 1.0), 1.0 / SLOWEST_READINGS)
    state.mean[regime] += rate * step
    state.variance[regime] = (1.0 - rate) * (state.variance[regime] + rate * step * step)
    state.count[regime] = min(n + 1, 2_000_000_000)


@kernel
def scale_ratio(state: Record, regime: int) -> float:
    """Return the scale of the home regime over that of another; 1 where the series is constant at home."""
    home = sqrt(state.variance[state.home - 1])
    if home == 0.0:
        return 1.0
    return home / max(sqrt(state.variance[regime]), LEAST_SCALE * home)


@kernel
def to_home(state: Record, regime: int, value: float) -> float:
    """Return a value of a known regime as one of the home regime."""
    home = state.home - 1
    if regime == home:
        return value
    return float(state.mean[home] + (value - state.mean[regime]) * scale_ratio(state, regime))


@kernel
def from_home(state: Record, regime: int, value: float) -> float:
    """Return what a value of the home regime (an expected one, a limit) is in another: the inverse of `to_home`."""
    home = state.home - 1
    if regime < 0 or home < 0 or regime == home or state.count[regime] == 0:
        return value
    return float(state.mean[regime] + (value - state.mean[home]) / scale_ratio(state, regime))


@kernel
def confidence(state: Record, regime: int, learn_readings: int) -> float:
    """Return how well the regime is known: 1/2 when it is first judged in, towards 1; 1 without regimes."""
    if regime < 0:
        return 1.0
    count = float(state.count[regime])
    return count / (count + learn_readings)
