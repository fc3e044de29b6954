"""Seasonal residual: how far a reading is from what its hour of the day and its day of the week let expect.

The means of whole hours teach three forecasts at once: a level alone, a level with a profile of 24 hours, and one with
an effect of the day of the week as well. Each is judged on every new hour before it learns from it, so a pattern that
does not return earns no weight: the share by which a forecast beats the simpler one is the share of it that is used.
Hours and days are those of UTC. Between the middles of hours the profile is interpolated.
Source: Hyndman, R. J. and Athanasopoulos, G. (2021), Forecasting: Principles and Practice, sections 5.8 and 8.3.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from models.kernel import Record, kernel

SEASONAL_FIELDS = [
    ("seasonal_hour", "<i8"),  # hours since 1970 of the hour being filled
    ("seasonal_sum", "<f8"),  # over its readings: residuals and their squares
    ("seasonal_square", "<f8"),
    ("seasonal_count", "<i4"),
    ("seasonal_known", "<i4"),  # whether a profile is in use
    ("seasonal_expected", "<f4", (3,)),  # in the middles of the hour before, this one and the next, from the base
    ("seasonal_sd", "<f4"),  # of a reading around that; 0 while not known
    ("seasonal_share", "<f4"),  # of the variance of hours that the profile explains on days not yet learned
]

ALARM = 4.0
ALARM_READINGS = 3
"""Act on |score| > ALARM so many times in a row: silent on 500,000 readings of a daily sine with white, AR(0.9),
Laplace or t(3) noise. Single readings beyond 6 are as rare with normal noise, but 24 in 100,000 with Laplace noise.
"""

HOUR_US = 3_600_000_000
LEAST_DAYS = 2.0
LEAST_WEEKS = 2.0
LEAST_SHARE = 0.2
"""Of the variance of new hours: a profile that explains less is not used."""

LARGEST_RESIDUAL = 8.0
"""Standard deviations to which a residual is cut before it teaches a known profile."""

LEVEL_HOURS = 48.0
PROFILE_DAYS = 14.0
WEEK_EFFECT_HOURS = 192.0
SKILL_HOURS = 168.0

LARGEST = 1e6

# Places in the page of 128 numbers.
_HOURS = 24
_DAYS = 7
_MEAN = 0  # by hour of the day: the profile
_SD = _MEAN + _HOURS  # by hour of the day: of readings around the forecast
_SEEN = _SD + _HOURS  # by hour of the day: hours learned
_DAY = _SEEN + _HOURS  # by day of the week: its effect
_DAY_SEEN = _DAY + _DAYS  # by day of the week: hours learned
_LEVEL = _DAY_SEEN + _DAYS  # of the three forecasts
_ERROR = _LEVEL + 3  # of the three forecasts: root mean square on new hours
_FORECAST = _ERROR + 3  # new hours that all three were judged on
_LEARNED = _FORECAST + 1  # hours learned
_FIRST = _LEARNED + 1  # the first hour, since 1970


@kernel
def begins_hour(state: Record, ts_us: int) -> bool:
    """Return whether a reading is of another hour than the one being filled: then the page is about to change."""
    return bool(state.seasonal_hour != ts_us // HOUR_US)


@kernel
def _centred(page: NDArray[np.float32], first: int, seen: int, size: int, place: int) -> float:
    """Return an effect as a difference from the mean of those that were seen; 0 where this one was not."""
    if page[seen + place] == 0.0:
        return 0.0
    total = 0.0
    count = 0.0
    for k in range(size):
        if page[seen + k] > 0.0:
            total += page[first + k]
            count += 1.0
    return float(page[first + place] - total / count)


@kernel
def _best(page: NDArray[np.float32], hour: int) -> int:
    """Return which forecast has erred least on new hours; the effects of days take part when weeks were seen."""
    best = 1 if page[_FORECAST] >= _HOURS and page[_ERROR + 1] < page[_ERROR] else 0
    if hour - page[_FIRST] >= LEAST_WEEKS * _HOURS * _DAYS and page[_ERROR + 2] < page[_ERROR + best]:
        return 2
    return best


@kernel
def _forecast(page: NDArray[np.float32], hour: int, best: int, weight: float) -> float:
    """Return the value expected in the middle of an hour: the level, and what the best forecast says beyond it."""
    level = np.float64(page[_LEVEL])
    if best == 0:
        return level
    effects = _centred(page, _MEAN, _SEEN, _HOURS, hour % _HOURS)
    if best == 2:
        effects += _centred(page, _DAY, _DAY_SEEN, _DAYS, _day(hour))
    return float(level + weight * (page[_LEVEL + best] + effects - level))


@kernel
def _day(hour: int) -> int:
    """Return the day of the week, 0 = Monday: the hours since 1970 began on a Thursday."""
    return (hour // _HOURS + 3) % _DAYS


@kernel
def fold(state: Record, page: NDArray[np.float32], ts_us: int) -> None:
    """Let `page` (128,) learn the hour that was filled, and begin the one of `ts_us`."""
    if state.seasonal_count > 0:
        _learn_hour(state, page)
    hour = ts_us // HOUR_US
    state.seasonal_hour = hour
    state.seasonal_sum = 0.0
    state.seasonal_square = 0.0
    state.seasonal_count = 0
    best = _best(page, hour)
    error = np.float64(page[_ERROR + best])
    simple = np.float64(page[_ERROR])
    share = 1.0 - (error / simple) ** 2 if simple > 0.0 else 0.0
    for k in range(3):
        state.seasonal_expected[k] = _forecast(page, hour + k - 1, best, min(share / LEAST_SHARE, 1.0))
    place = hour % _HOURS
    long = hour - page[_FIRST] >= LEAST_DAYS * _HOURS and page[_SEEN + place] >= LEAST_DAYS
    state.seasonal_share = share
    state.seasonal_known = 1 if long and share >= LEAST_SHARE else 0
    within = np.float64(page[_SD + place])
    state.seasonal_sd = sqrt(within * within + error * error)


@kernel
def _learn_hour(state: Record, page: NDArray[np.float32]) -> None:
    hour = state.seasonal_hour
    place = hour % _HOURS
    day = _day(hour)
    residual = state.seasonal_sum / state.seasonal_count
    # What is expected bends within the hour; its middle is what the profile holds.
    middle = np.float64(state.seasonal_expected[1]) + residual
    within = max(state.seasonal_square / state.seasonal_count - residual * residual, 0.0)
    learned = np.float64(page[_LEARNED])
    if learned == 0.0:
        page[_FIRST] = hour
    daily = _centred(page, _MEAN, _SEEN, _HOURS, place)
    weekly = _centred(page, _DAY, _DAY_SEEN, _DAYS, day)
    rate = max(1.0 / (learned + 1.0), 1.0 / LEVEL_HOURS)
    new = page[_SEEN + place] == 0.0
    judged = max(1.0 / (page[_FORECAST] + 1.0), 1.0 / SKILL_HOURS)
    for which in range(3):
        effects = (daily if which > 0 else 0.0) + (weekly if which == 2 else 0.0)
        error = middle - page[_LEVEL + which] - effects
        if not new:
            square = np.float64(page[_ERROR + which]) ** 2
            page[_ERROR + which] = sqrt(square + judged * (error * error - square))
        page[_LEVEL + which] += rate * error
        if which == 1:
            _learn_profile(page, place, error)
        elif which == 2:
            page[_DAY + day] += error * max(1.0 / (page[_DAY_SEEN + day] + 12.0), 1.0 / WEEK_EFFECT_HOURS)
    days = np.float64(page[_SEEN + place])
    square = np.float64(page[_SD + place]) ** 2
    page[_SD + place] = sqrt(square + max(1.0 / days, 1.0 / PROFILE_DAYS) * (within - square))
    page[_DAY_SEEN + day] += 1.0
    page[_LEARNED] += 1.0
    if not new:
        page[_FORECAST] += 1.0


@kernel
def _learn_profile(page: NDArray[np.float32], place: int, error: float) -> None:
    """Take the error of the second forecast into the profile; a first one as a difference from the hours seen."""
    if page[_SEEN + place] == 0.0:
        total = 0.0
        count = 0.0
        for k in range(_HOURS):
            if page[_SEEN + k] > 0.0:
                total += page[_MEAN + k]
                count += 1.0
        page[_MEAN + place] = error + (total / count if count > 0.0 else 0.0)
        page[_SEEN + place] = 1.0
        return
    page[_SEEN + place] += 1.0
    page[_MEAN + place] += error * max(1.0 / page[_SEEN + place], 1.0 / PROFILE_DAYS)


@kernel
def expected(state: Record, ts_us: int) -> float:
    """Return the level (difference from the base) expected at a time of the hour being filled."""
    from_middle = (ts_us - state.seasonal_hour * HOUR_US) / HOUR_US - 0.5
    knots = state.seasonal_expected
    beside = knots[0] if from_middle < 0.0 else knots[2]
    return float(knots[1] + abs(from_middle) * (beside - knots[1]))


@kernel
def score(state: Record, level: float, ts_us: int) -> float:
    """Return the deviation of a level from what is expected, in standard deviations; 0 where no profile is known."""
    if state.seasonal_known == 0 or state.seasonal_sd == 0.0:
        return 0.0
    return float(min(max((level - expected(state, ts_us)) / state.seasonal_sd, -LARGEST), LARGEST))


@kernel
def learn(state: Record, level: float, ts_us: int) -> None:
    """Take a healthy level of the hour being filled into that hour."""
    residual = level - expected(state, ts_us)
    if state.seasonal_known == 1:
        most = LARGEST_RESIDUAL * state.seasonal_sd
        residual = min(max(residual, -most), most)
    state.seasonal_sum += residual
    state.seasonal_square += residual * residual
    state.seasonal_count += 1
