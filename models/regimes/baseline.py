"""What is usual for one series in each regime of its asset, and its values brought back to one of them.

After a change of regime the series is silent until it is back at what is usual there (a temperature takes its time), at
most for twice the longest such change. The home regime is the first that the series knows. A value of another known
regime is handed on as the value of the home regime that is as many standard deviations from its mean; so a change of
regime alone changes nothing after it.
"""

from math import nan, sqrt

from models.kernel import Record, kernel
from models.regimes.state import NONE, SETTLED, TRANSIT, WAIT

SLOWEST_READINGS = 4000
CUT_SDS = 4.0
QUICK = 4.0
"""The quick average looks back so many times less than the slow one."""

CREEP_SDS = 0.5
NEAR_SDS = 2.0
NEAR_READINGS = 3
ENOUGH_ARRIVALS = 4
"""Changes of regime before the longest of them limits the silence."""

SPARE = 2
LEAST_SCALE = 0.1
"""Smallest scale of a regime, as a share of the scale at home: what is still in standstill is not to shout."""


@kernel
def take(state: Record, regime: int, value: float, tuning: Record) -> float:
    """Note the regime of a finite reading; returns the value to judge, NaN if the series is to be silent about it.

    Without regimes (NONE) it is the value itself. A reading of a regime not known yet is learned here and now.
    """
    if regime == NONE:
        return value
    if regime == WAIT:
        return nan
    if regime != state.current:
        state.current = regime
        state.since = 0
        state.near = 0
        state.slow_mean = 0.0
    if regime == TRANSIT:
        return nan
    state.since += 1
    if state.known[regime] == 0:
        if state.since > tuning.settle_readings:
            _explore(state, regime, value, state.since - tuning.settle_readings, tuning.learn_readings)
        return nan
    if state.near != SETTLED and not _arrives(state, regime, value, tuning):
        return nan
    return to_home(state, regime, value)


@kernel
def _explore(state: Record, regime: int, value: float, stay: int, learn_readings: int) -> None:
    """Learn a regime not known yet: it is known once a quick and a slow average of one stay agree: nothing creeps."""
    n = state.count[regime]
    quick = max(1.0 / (n + 1.0), QUICK / learn_readings)
    step = value - state.mean[regime] if n > 0 else 0.0
    state.mean[regime] = state.mean[regime] + quick * step if n > 0 else value
    state.variance[regime] = (1.0 - quick) * (state.variance[regime] + quick * step * step)
    state.count[regime] = min(n + 1, learn_readings)
    state.slow_mean += max(1.0 / stay, 1.0 / learn_readings) * (value - state.slow_mean)
    creep = abs(state.mean[regime] - state.slow_mean)
    if n + 1 >= learn_readings and 2 * stay >= learn_readings and creep <= CREEP_SDS * sqrt(state.variance[regime]):
        state.known[regime] = 1
        state.near = SETTLED
        if state.home == 0:
            state.home = regime + 1


@kernel
def _arrives(state: Record, regime: int, value: float, tuning: Record) -> bool:
    """Return whether the change of regime is over: the series is back at what is usual, or has had time enough."""
    off = abs(value - state.mean[regime])
    state.near = state.near + 1 if off <= NEAR_SDS * sqrt(state.variance[regime]) else 0
    most = tuning.longest_settle_readings
    if state.arrivals >= ENOUGH_ARRIVALS:
        most = min(most, max(tuning.settle_readings, SPARE * state.longest))
    if state.near >= NEAR_READINGS and state.since >= tuning.settle_readings:
        state.arrivals = min(state.arrivals + 1, ENOUGH_ARRIVALS)
        state.longest = max(state.longest, state.since)
    elif state.since < most:
        return False
    state.near = SETTLED
    return True


@kernel
def learn(state: Record, regime: int, value: float) -> None:
    """Take a healthy value into the baseline of its known regime; far values are cut."""
    if regime < 0 or state.known[regime] == 0 or state.near != SETTLED:
        return
    n = state.count[regime]
    step = value - state.mean[regime]
    most = CUT_SDS * sqrt(state.variance[regime])
    if most > 0.0:
        step = min(max(step, -most), most)
    rate = max(1.0 / (n + 1.0), 1.0 / SLOWEST_READINGS)
    state.mean[regime] += rate * step
    state.variance[regime] = (1.0 - rate) * (state.variance[regime] + rate * step * step)
    state.count[regime] = min(n + 1, SLOWEST_READINGS)


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
    if regime < 0 or home < 0 or regime == home or state.known[regime] == 0:
        return value
    return float(state.mean[regime] + (value - state.mean[home]) / scale_ratio(state, regime))


@kernel
def confidence(state: Record, regime: int, learn_readings: int) -> float:
    """Return how well the regime is known: 1/2 when it is first judged in, towards 1; 1 without regimes."""
    if regime < 0:
        return 1.0
    count = float(state.count[regime])
    return count / (count + learn_readings)
