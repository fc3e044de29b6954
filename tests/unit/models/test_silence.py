"""A sensor that stops sending is told, once, while others tell the time; nobody is blamed for a common pause."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.health.silence import CLOCK
from models.health.state import GAP, OK, SILENT
from models.series import SeriesBank
from models.series_outcome import Outcome
from models.tuning import Tuning
from schemas.errors import BadDataError
from tests.unit.models.driver import Arrivals, feed, state_of

TUNING = Tuning(learn_readings=60)
SENSORS, SECONDS = 4, 700


def fleet(period_s: float = 1.0, seconds: int = SECONDS) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return times and rows of sensors that all send once a period, one right after the other."""
    at = np.arange(int(seconds / period_s))
    ts = at[:, None] * period_s + np.arange(SENSORS) * 0.01
    return ts.ravel(), np.tile(np.arange(SENSORS), len(at))


def arrivals(ts: NDArray[np.float64], row: NDArray[np.int64], seq: NDArray[np.int64] | int = -1) -> Arrivals:
    return Arrivals.of(ts, np.random.default_rng(0).normal(size=len(ts)), row=row, seq=seq)


def told(outcome: Outcome) -> list[tuple[int, int, int]]:
    """Return row, state and second of each change."""
    return [(int(c["row"]), int(c["state"]), int(c["ts_us"]) // 1_000_000) for c in outcome.health]


def test_one_that_returns_and_one_that_does_not() -> None:
    ts, row = fleet()
    kept = ~((row == 1) & (ts >= 200) & (ts < 400)) & ~((row == 2) & (ts >= 300))
    outcome = feed(SeriesBank(TUNING), arrivals(ts[kept], row[kept]))
    (first, silent, at), (second, silent_2, at_2), (back, ok, ok_at) = told(outcome)
    assert (first, silent, second, silent_2, back, ok) == (1, SILENT, 2, SILENT, 1, OK)
    assert 219 <= at <= 230
    assert 319 <= at_2 <= 330
    assert 409 <= ok_at <= 411
    change = outcome.health[0]
    assert 199 <= change["since_ts_us"] / 1e6 <= 201
    assert (change["before"], change["amount"] // 1) == (OK, at - 199)
    assert np.isnan(change["value"])
    # The change is named after the last reading of the sensor.
    assert change["offset"] == np.flatnonzero((row[kept] == 1) & (ts[kept] < 200))[-1]


def test_all_that_stop_at_once_are_told_with_one_reading() -> None:
    # More than fit into the room for changes.
    rows = 500
    ts = np.repeat(np.arange(120.0), rows)
    row = np.tile(np.arange(rows), 120)
    kept = (row == 0) | (ts < 60)
    outcome = feed(SeriesBank(TUNING), arrivals(ts[kept], row[kept]))
    assert sorted(r for r, state, _ in told(outcome) if state == SILENT) == list(range(1, rows))
    assert len(set(outcome.health["position"].tolist())) == 1
    assert len(set(zip(outcome.health["offset"].tolist(), outcome.health["index"].tolist(), strict=True))) == rows - 1


@pytest.mark.parametrize("period_s", [1.0, 60.0])
@pytest.mark.parametrize("pause_s", [8, 30, 3600, 86_400])
def test_a_pause_of_all_silences_none(period_s: float, pause_s: int) -> None:
    ts, row = fleet(period_s, int(300 * period_s))
    for start in (100.0, 200.0):
        ts = np.where(ts >= start * period_s, ts + pause_s, ts)
    # After the first pause, one sensor comes back late.
    kept = ~((row == 3) & (ts >= 100 * period_s) & (ts < 110 * period_s + pause_s))
    outcome = feed(SeriesBank(TUNING), arrivals(ts[kept], row[kept]))
    assert not (outcome.health["state"] == SILENT).any()


@pytest.mark.parametrize("numbered", [True, False])
def test_one_that_sends_many_readings_at_once_is_told_once(numbered: bool) -> None:
    at_once, rounds = 25, 28
    at = np.arange(rounds)[:, None, None] * at_once + np.arange(at_once)
    ts = np.broadcast_to(at, (rounds, SENSORS, at_once)).astype(float)
    row = np.broadcast_to(np.arange(SENSORS)[:, None], ts.shape)
    seq = ts.astype(np.int64) if numbered else np.full(ts.shape, -1)
    # One stops for good: that is still told.
    kept = (row != 2) | (ts < 400)
    outcome = feed(SeriesBank(TUNING), arrivals(ts[kept], row[kept], seq[kept]))
    silent = [(row, at) for row, state, at in told(outcome) if state == SILENT]
    assert all(at < 4 * at_once for _, at in silent[:-1])
    assert len(silent) == len({row for row, at in silent[:-1]}) + 1
    stopped, stopped_at = silent[-1]
    assert stopped == 2
    assert 400 < stopped_at < 600


def test_slow_sensors_that_send_together_are_told_too() -> None:
    ts, row = fleet(60.0, 60 * 300)
    kept = (row != 2) | (ts < 60 * 100)
    outcome = feed(SeriesBank(TUNING), arrivals(ts[kept], row[kept]))
    ((found, state, at),) = told(outcome)
    assert (found, state) == (2, SILENT)
    assert 60 * 119 <= at <= 60 * 122


def test_clocks_of_sensors_may_differ() -> None:
    ts, row = fleet()
    order = np.arange(len(ts))
    ts = ts + np.array([0.0, 250.0, -3000.0, 120.0])[row]
    whole = arrivals(ts, row)
    assert told(feed(SeriesBank(TUNING), whole)) == []
    kept = (row != 2) | (order < len(order) // 2)
    ((found, state, _),) = told(feed(SeriesBank(TUNING), whole[np.flatnonzero(kept)]))
    assert (found, state) == (2, SILENT)


def test_one_alone_or_hardly_known_is_not_told() -> None:
    ts, row = fleet()
    kept = (row == 0) | ((row == 1) & (ts < 25))
    alone = (row == 0) & ((ts < 200) | (ts > 400))
    assert told(feed(SeriesBank(TUNING), arrivals(ts[kept], row[kept]))) == []
    assert [state for _, state, _ in told(feed(SeriesBank(TUNING), arrivals(ts[alone], row[alone])))] == [GAP, OK]


def test_a_sensor_that_reports_seldom_and_irregularly_is_left_alone() -> None:
    rng = np.random.default_rng(4)
    random = rng.exponential(30.0, 1600).cumsum()
    steady = np.arange(random[-1])
    ts, row = np.concatenate([steady, random]), np.repeat([0, 1], [len(steady), len(random)])
    order = np.argsort(ts, kind="stable")
    assert told(feed(SeriesBank(TUNING), arrivals(ts[order], row[order]))) == []


def test_numbers_that_go_on_after_a_pause_make_it_a_habit() -> None:
    ts, row = fleet(seconds=1200)
    pausing = (row == 1) & (ts >= 100) & (ts % 200 >= 100)
    seq = np.zeros(len(ts), np.int64)
    for one in range(SENSORS):
        mine = (row == one) & ~pausing
        seq[mine] = np.arange(mine.sum())
    outcome = feed(SeriesBank(TUNING), arrivals(ts[~pausing], row[~pausing], seq[~pausing]))
    assert [state for _, state, _ in told(outcome)] == [SILENT, OK]


def test_readings_from_before_it_was_silent_are_no_return() -> None:
    ts, row = fleet()
    kept = (row != 1) | (ts < 200)
    readings = arrivals(ts[kept], row[kept])
    late = np.flatnonzero((readings.row == 1) & (readings.ts_us > 150_000_000))
    again = np.concatenate([np.arange(len(readings)), late])
    outcome = feed(SeriesBank(TUNING), readings[again])
    assert told(outcome)[-1][:2] == (1, SILENT)
    assert (outcome.duplicates, len(told(outcome))) == (0, 1)
    assert outcome.skipped == len(late)


def test_what_a_restart_brings_back_goes_on_alike() -> None:
    ts, row = fleet()
    kept = ~((row == 1) & (ts >= 200) & (ts < 400)) & ~((row == 2) & (ts >= 300))
    readings = arrivals(ts[kept], row[kept])
    steady = SeriesBank(TUNING)
    expected = feed(steady, readings).health
    for cut in (810, 855, 880, 1200):
        before, after = SeriesBank(TUNING), SeriesBank(TUNING)
        told_before = feed(before, readings[slice(0, cut)]).health
        after.restore_clock(before.pack_clock())
        for one in range(SENSORS):
            pages = {page: before.pack_page(one, page) for page in before.page_numbers}
            after.restore(one, before.pack(one), pages)
        told_after = feed(after, readings[slice(cut, len(readings))]).health
        told_after["position"] += cut
        assert np.concatenate([told_before, told_after]).tobytes() == expected.tobytes()
        assert state_of(after) == state_of(steady)
        assert after.pack_clock() == steady.pack_clock()


def test_a_stored_clock_of_another_length_is_refused() -> None:
    with pytest.raises(BadDataError, match=f"has 3 bytes, not {CLOCK.itemsize}"):
        SeriesBank(TUNING).restore_clock(b"abc")
