"""Event time: duplicates, late readings, the reorder buffer, devices that restart."""

import numpy as np
import pytest

from models.series import SeriesBank
from models.series_state import HELD_CAPACITY
from models.series_view import describe
from models.tuning import Tuning
from tests.unit.models.driver import Arrivals, feed, state_of


def lags(bank: SeriesBank) -> list[float]:
    """Return the latest values in their order in time, the newest first."""
    return list(bank._hot["ring"][0][: int(bank._hot["readings"][0])].tolist())


def test_without_grace_an_older_reading_is_late_and_the_same_time_a_duplicate() -> None:
    bank = SeriesBank(Tuning())
    outcome = feed(bank, Arrivals.of([10, 12, 11, 12, 10, 13], [0, 1, 2, 3, 4, 5]))
    assert outcome.late.tolist() == [2]
    assert outcome.late_by_us.tolist() == [1_000_000]
    assert outcome.duplicates == 2
    assert lags(bank) == [5, 1, 0]


def test_a_number_seen_before_is_a_duplicate_whatever_its_time() -> None:
    bank = SeriesBank(Tuning())
    outcome = feed(bank, Arrivals.of([1, 2, 3, 4, 5], [0, 1, 2, 3, 4], seq=[7, 8, 7, 9, 9]))
    assert outcome.duplicates == 2
    assert lags(bank) == [3, 1, 0]


def test_a_late_reading_seen_twice_is_late_once_if_it_is_numbered() -> None:
    outcome = feed(SeriesBank(Tuning()), Arrivals.of([1, 3, 2, 2], [0, 0, 0, 0], seq=[1, 3, 2, 2]))
    assert (outcome.late.tolist(), outcome.duplicates) == ([2], 1)


def test_numbers_that_fall_far_back_with_newer_times_are_a_restart() -> None:
    bank = SeriesBank(Tuning())
    n = 200
    seq = [*range(n), *range(50)]
    outcome = feed(bank, Arrivals.of(np.arange(n + 50.0), np.arange(n + 50.0), seq=seq))
    assert outcome.duplicates == 0
    assert len(outcome.late) == 0
    assert describe(bank.pack(0))["readings"] == n + 50


def test_numbers_that_jump_ahead_are_accepted() -> None:
    bank = SeriesBank(Tuning())
    outcome = feed(bank, Arrivals.of([1, 2, 3, 4], [0, 1, 2, 3], seq=[0, 10, 10_000_000_000, 10_000_000_001]))
    assert outcome.duplicates == 0
    assert describe(bank.pack(0))["readings"] == 4


def test_within_the_grace_readings_take_their_place() -> None:
    bank = SeriesBank(Tuning(grace_s=5))
    outcome = feed(bank, Arrivals.of([0, 2, 1, 4, 3, 10], [0, 2, 1, 4, 3, 10]))
    assert lags(bank) == [4, 3, 2, 1, 0]  # 10 waits
    assert describe(bank.pack(0))["held"] == 1
    assert len(outcome.late) == 0
    assert feed(bank, Arrivals.of([3.5, 16], [7, 8], offset=[6, 7])).late.tolist() == [0]
    assert lags(bank)[0] == 10


def test_the_next_number_does_not_wait() -> None:
    bank = SeriesBank(Tuning(grace_s=5))
    feed(bank, Arrivals.of([0, 6, 7, 8], [0, 6, 7, 8], seq=[1, 2, 3, 4]))
    assert lags(bank) == [8, 7, 6, 0]
    assert describe(bank.pack(0))["held"] == 0


def test_filling_a_gap_releases_what_waits_behind_it() -> None:
    bank = SeriesBank(Tuning(grace_s=50))
    feed(bank, Arrivals.of([0, 51], [0, 51], seq=[1, 2]))  # 0 waits for its grace, then 51 follows it
    assert lags(bank) == [51, 0]
    feed(bank, Arrivals.of([53, 54], [53, 54], seq=[4, 5], offset=[2, 3]))
    assert lags(bank) == [51, 0]
    feed(bank, Arrivals.of([52], [52], seq=[3], offset=[4]))
    assert lags(bank) == [54, 53, 52, 51, 0]


def test_a_full_buffer_lets_its_oldest_go() -> None:
    bank = SeriesBank(Tuning(grace_s=3600))
    n = HELD_CAPACITY + 3
    feed(bank, Arrivals.of(np.arange(n, 0, -1.0), np.arange(n, 0, -1.0)))
    # The first to go is the oldest of the first fourteen; what is older than it came too late.
    assert lags(bank)[-1] == n + 1 - HELD_CAPACITY


def test_the_same_time_among_those_held_is_a_duplicate() -> None:
    outcome = feed(SeriesBank(Tuning(grace_s=10)), Arrivals.of([5, 6, 5, 6], [0, 0, 0, 0]))
    assert outcome.duplicates == 2


@pytest.mark.parametrize("grace_s", [0.0, 3.0])
def test_readings_at_or_before_the_applied_position_are_skipped(grace_s: float) -> None:
    bank = SeriesBank(Tuning(grace_s=grace_s))
    arrivals = Arrivals.of(np.arange(100.0), np.arange(100.0), offset=np.arange(100) // 3, index=np.arange(100) % 3)
    feed(bank, arrivals)
    before = state_of(bank)
    outcome = feed(bank, arrivals)
    assert outcome.skipped == 100
    assert (len(outcome.transitions), len(outcome.late), outcome.duplicates) == (0, 0, 0)
    assert state_of(bank) == before


def test_an_offset_of_zero_is_not_taken_for_applied() -> None:
    bank = SeriesBank(Tuning())
    assert feed(bank, Arrivals.of([1], [1])).skipped == 0
    assert describe(bank.pack(0))["readings"] == 1
