"""Seasonal residual: what is learned of a day and a week, when it counts as known, and what is then told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.detectors import seasonal
from models.series_state import PAGE_FLOATS

STATE = np.dtype(seasonal.SEASONAL_FIELDS, align=True)
DAY_US = 24 * seasonal.HOUR_US
STEP_US = 600_000_000
PER_DAY = DAY_US // STEP_US
MONDAY_US = 1_704_067_200_000_000  # 2024-01-01


class Series:
    """One series with its page, told reading by reading."""

    def __init__(self) -> None:
        self.state = np.zeros(1, STATE)
        self.page = np.zeros(PAGE_FLOATS, np.float32)

    def tell(self, levels: NDArray[np.float64], ts_us: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return (n, 3): the score of each reading, whether a profile was known, and the level expected."""
        record = self.state[0]
        said = np.zeros((levels.size, 3))
        for t, (level, ts) in enumerate(zip(levels, ts_us, strict=True)):
            if seasonal.begins_hour(record, ts):
                seasonal.fold(record, self.page, ts)
            said[t] = seasonal.score(record, level, ts), record["seasonal_known"], seasonal.expected(record, ts)
            seasonal.learn(record, level, ts)
        return said


def times(days: int) -> NDArray[np.int64]:
    """Return the times of readings every ten minutes from a Monday on."""
    return MONDAY_US + np.arange(days * PER_DAY) * STEP_US


def sine(ts_us: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return a daily cycle of amplitude 10."""
    return 10.0 * np.sin(2.0 * np.pi * (ts_us % DAY_US) / DAY_US)


def noise(n: int, seed: int = 1) -> NDArray[np.float64]:
    """Return seeded white noise."""
    return np.random.default_rng(seed).normal(size=n)


def alarms(scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether this score, and those before it that are needed, are beyond the alarm threshold."""
    beyond = np.abs(scores) > seasonal.ALARM
    for back in range(1, seasonal.ALARM_READINGS):
        beyond[back:] &= np.abs(scores[:-back]) > seasonal.ALARM
    return beyond


def test_a_daily_cycle_is_known_after_two_days() -> None:
    """Before, nothing is scored; after, what is left is the noise, in units of itself."""
    ts = times(30)
    said = Series().tell(sine(ts) + noise(ts.size), ts)
    assert np.all(said[: 2 * PER_DAY, :2] == 0.0)
    assert np.all(said[2 * PER_DAY :, 1] == 1.0)
    assert np.std(said[14 * PER_DAY :, 0]) == pytest.approx(1.0, abs=0.1)
    assert not np.any(alarms(said[:, 0]))
    assert said[14 * PER_DAY :, 2] == pytest.approx(sine(ts)[14 * PER_DAY :], abs=1.0)


@pytest.mark.parametrize("kind", ["white", "ar", "walk", "other period"])
def test_nothing_is_known_of_what_does_not_return(kind: str) -> None:
    """Noise, a slow autoregression, a random walk and a cycle of 25 hours score nothing that matters."""
    ts = times(60)
    values = noise(ts.size, seed=3)
    if kind == "ar":
        for t in range(1, ts.size):
            values[t] += 0.9 * values[t - 1]
    elif kind == "walk":
        values = np.cumsum(values)
    elif kind == "other period":
        values += sine((ts - MONDAY_US) * 24 // 25)
    said = Series().tell(values, ts)
    assert np.mean(said[30 * PER_DAY :, 1]) < 0.05
    assert not np.any(alarms(said[:, 0]))


def test_a_profile_that_no_longer_returns_loses_its_weight() -> None:
    """A daily cycle that ends is forgotten within weeks."""
    ts = times(60)
    said = Series().tell(np.where(np.arange(ts.size) < 20 * PER_DAY, sine(ts), 0.0) + noise(ts.size), ts)
    assert said[19 * PER_DAY, 1] == 1.0
    assert said[-1, 1] == 0.0
    assert said[-1, 2] == pytest.approx(0.0, abs=1.0)


def test_tells_what_lies_inside_the_range_but_not_in_its_place() -> None:
    """The value of midnight at six in the morning, far inside the range, is an anomaly."""
    ts = times(20)
    values = sine(ts) + 0.5 * noise(ts.size)
    at = 15 * PER_DAY + PER_DAY // 4
    values[at : at + 6] = 0.0
    told = np.flatnonzero(alarms(Series().tell(values, ts)[:, 0]))
    assert told[0] == at + seasonal.ALARM_READINGS - 1
    assert told[-1] < at + 6


def test_weekends_are_known_after_two_weeks() -> None:
    """The effect of a day is used from the third week on, and makes Saturdays as usual as Mondays."""
    ts = times(70)
    weekend = (np.arange(ts.size) // PER_DAY) % 7 >= 5
    values = sine(ts) - 15.0 * weekend + noise(ts.size)
    said = Series().tell(values, ts)
    error = np.abs(values - said[:, 2])
    second, last = slice(12 * PER_DAY, 14 * PER_DAY), slice(68 * PER_DAY, 70 * PER_DAY)
    assert np.mean(error[second]) > 4.0
    assert np.mean(error[last]) < 1.6
    assert not np.any(alarms(said[63 * PER_DAY :, 0]))


def test_between_the_middles_of_hours_the_profile_is_interpolated() -> None:
    """At half past it is the hour's own; on the hour it is the mean of both neighbours."""
    series = Series()
    ts = times(6)
    series.tell(sine(ts), ts)
    record = series.state[0]
    knots = record["seasonal_expected"].astype(float)
    begin = int(record["seasonal_hour"]) * seasonal.HOUR_US
    half = seasonal.HOUR_US // 2
    assert seasonal.expected(record, begin + half) == pytest.approx(knots[1])
    assert seasonal.expected(record, begin) == pytest.approx((knots[0] + knots[1]) / 2)
    assert seasonal.expected(record, begin + half + half // 2) == pytest.approx(0.75 * knots[1] + 0.25 * knots[2])


def test_constant_and_short() -> None:
    """A constant series, and a day alone, are never scored."""
    ts = times(10)
    assert np.all(Series().tell(np.full(ts.size, 3.3), ts)[:, 0] == 0.0)
    assert np.all(Series().tell(sine(ts), ts)[:PER_DAY, 0] == 0.0)


def test_gaps_and_rare_readings() -> None:
    """A week without readings, and a series of one reading a day, are no trouble."""
    ts = times(30)
    kept = (np.arange(ts.size) < 10 * PER_DAY) | (np.arange(ts.size) >= 17 * PER_DAY)
    said = Series().tell((sine(ts) + noise(ts.size))[kept], ts[kept])
    assert not np.any(alarms(said[:, 0]))
    rare = Series().tell(noise(300), MONDAY_US + np.arange(300) * DAY_US)
    assert not np.any(alarms(rare[:, 0]))


def test_huge_readings_stay_finite_and_teach_a_known_profile_little() -> None:
    """Numbers of 1e30 keep score and state finite; one of them leaves a known profile in use."""
    ts = times(20)
    extreme = Series()
    said = extreme.tell(np.where(np.arange(ts.size) % 7, 1e30, -2e30), ts)
    assert np.all(np.isfinite(said))
    assert np.all(np.isfinite(extreme.page))
    values = sine(ts) + noise(ts.size)
    values[10 * PER_DAY] = 1e30
    said = Series().tell(values, ts)
    assert said[10 * PER_DAY, 0] == seasonal.LARGEST
    assert np.all(said[11 * PER_DAY :, 1] == 1.0)
    assert not np.any(alarms(said[11 * PER_DAY :, 0]))


@settings(max_examples=10, deadline=None)
@given(cut=st.integers(0, 7 * PER_DAY - 1))
def test_state_kept_and_restored_goes_on_equal(cut: int) -> None:
    """Scores depend on the readings so far and not on how they were cut."""
    ts = times(7)
    values = sine(ts) + noise(ts.size)
    whole = Series().tell(values, ts)
    first, second = Series(), Series()
    parts = [first.tell(values[:cut], ts[:cut])]
    second.state[:] = np.frombuffer(first.state.tobytes(), STATE)
    second.page[:] = first.page
    parts.append(second.tell(values[cut:], ts[cut:]))
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_the_page_changes_only_with_the_hour() -> None:
    """Scoring and learning leave it alone."""
    ts = times(3)
    series = Series()
    series.tell(sine(ts), ts)
    before = series.page.copy()
    record = series.state[0]
    seasonal.score(record, 1.0, ts[-1])
    seasonal.learn(record, 1.0, ts[-1])
    np.testing.assert_array_equal(series.page, before)
    assert not seasonal.begins_hour(record, ts[-1] + 1)
    assert seasonal.begins_hour(record, ts[-1] + seasonal.HOUR_US)
