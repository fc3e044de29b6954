"""What is inside the usual range, but not at its time of the day, is a novelty where a strong cycle is known."""

import numpy as np
from numpy.typing import NDArray

from models.series import SeriesBank
from models.transition import NOVELTY
from models.tuning import Tuning
from tests.unit.models.driver import Arrivals, feed, raised

PER_DAY = 288
DAYS = 14


def _days(seed: int) -> NDArray[np.float64]:
    """Return two weeks of readings every five minutes: low at night, high by day."""
    rng = np.random.default_rng(seed)
    by_day = (np.arange(DAYS * PER_DAY) % PER_DAY) / PER_DAY
    level = np.where((by_day > 0.375) & (by_day < 0.75), 80.0, 30.0)
    return np.asarray(level + 4.0 * rng.normal(size=DAYS * PER_DAY), np.float64)


def _novelties(value: NDArray[np.float64]) -> list[int]:
    ts_s = 1_700_006_400.0 + 300.0 * np.arange(len(value), dtype=np.float64)
    outcome = feed(SeriesBank(Tuning(learn_readings=600)), Arrivals.of(ts_s, value))
    return [int(offset) for offset in raised(outcome, NOVELTY)["offset"]]


def test_a_day_that_stays_low_is_raised_on_that_day() -> None:
    found = 0
    for seed in range(10):
        value = _days(seed)
        missed = slice(10 * PER_DAY + 108, 10 * PER_DAY + 216)
        value[missed] = 30.0 + 4.0 * np.random.default_rng(100 + seed).normal(size=108)
        found += any(missed.start <= at < missed.stop for at in _novelties(value))
    assert found >= 9


def test_days_that_come_as_ever_raise_next_to_nothing() -> None:
    assert sum(len(_novelties(_days(seed))) for seed in range(10)) <= 10
