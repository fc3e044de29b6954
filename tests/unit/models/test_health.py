"""Sensor faults are told as such, within a stated delay and from about when they began; machine faults are not."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.health.limits import Limits
from models.health.state import CLIPPED, GAP, NOISY, OK, OUT_OF_RANGE, STUCK
from models.series import SeriesBank
from models.series_outcome import Outcome
from models.series_view import describe
from models.tuning import Tuning
from schemas.errors import SettingsError
from tests.unit.models.driver import Arrivals, feed

N, START, END = 2800, 1500, 2100
AT = np.arange(N)


def signal(name: str) -> NDArray[np.float64]:
    """Return a healthy series."""
    noise = np.random.default_rng(5).normal(size=N)
    if name == "white":
        return 20.0 + noise
    if name == "cycle":
        return 50.0 + 10.0 * np.sin(2 * np.pi * AT / 288) + noise
    assert name == "coarse"
    return np.round(20.0 + noise, 1)


SIGNALS = ("white", "cycle", "coarse")


def faulty(name: str, fault: str) -> Arrivals:
    """Return the series with a fault from START to END."""
    value = signal(name)
    during = slice(START, END)
    kept = np.ones(N, bool)
    seq = np.full(N, -1)
    match fault:
        case "stuck":
            value[during] = np.median(value[START - 20 : START])
            value[START - 1] = value[START] + 0.3
        case "clipped":
            value[during] = np.minimum(value[during], np.median(value[during]))
        case "nulls":
            value[during] = np.nan
        case "silence":
            kept[during] = False
        case "holes":
            kept[START : START + 6], seq = False, AT
        case "noisy":
            value[during] += 15.0 * np.random.default_rng(6).normal(size=END - START)
        case "sentinel":
            value[during] = -9999.0
    readings = Arrivals.of(AT.astype(float), value, seq=seq)
    return readings[np.flatnonzero(kept)]


def told(outcome: Outcome) -> list[tuple[int, int]]:
    """Return states and the seconds at which they were told."""
    return [(int(c["state"]), int(c["ts_us"]) // 1_000_000) for c in outcome.health]


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize(
    ("fault", "state", "delay", "over"),
    [
        ("stuck", STUCK, 40, END + 12),
        ("clipped", CLIPPED, 400, END + 160),
        ("nulls", GAP, 5, END + 12),
        ("silence", GAP, END - START, END + 12),
        ("holes", GAP, 6, START + 20),
        ("noisy", NOISY, 90, END + 120),
        ("sentinel", OUT_OF_RANGE, 3, END + 12),
    ],
)
def test_a_sensor_fault_is_told_and_clears(name: str, fault: str, state: int, delay: int, over: int) -> None:
    outcome = feed(SeriesBank(Tuning()), faulty(name, fault))
    changes = told(outcome)
    if (name, fault) == ("cycle", "clipped"):
        # Half of the cycle is one rest at the rail, of which the first could as well be a sensor that is stuck.
        assert [state for state, _ in changes] == [STUCK, OK, CLIPPED, OK]
        assert START <= changes[2][1] <= START + delay
        assert END <= changes[3][1] <= over
        return
    (found, at), (after, ok_at) = changes
    assert found == state
    assert START <= at <= START + delay
    assert after == OK
    assert at < ok_at <= over
    change = outcome.health[0]
    assert START - 35 <= change["since_ts_us"] // 1_000_000 <= at
    assert change["before"] == OK
    assert change["amount"] != 0.0
    during = outcome.transitions[outcome.transitions["raised"]]["ts_us"] // 1_000_000
    assert not ((during > at) & (during <= ok_at)).any()


@pytest.mark.parametrize("fault", ["step", "constant", "drift", "spike", "growing", "swing", "none"])
@pytest.mark.parametrize("name", SIGNALS)
def test_a_machine_fault_is_not_taken_for_one_of_the_sensor(name: str, fault: str) -> None:
    value = signal(name)
    sd = float(value[:START].std())
    n = END - START
    match fault:
        case "step":
            value[START:END] += 8.0 * sd
        case "constant":
            value[START:END] = value[START] + 9.0 * sd
        case "drift":
            value[START:END] += np.linspace(0.0, 10.0 * sd, n)
        case "spike":
            value[START : START + 6] += 20.0 * sd
        case "growing":
            value[START:] += np.linspace(0.0, 5.0, N - START) * np.random.default_rng(1).normal(size=N - START)
        case "swing":
            value[START:END] += 4.0 * sd * np.sin(2 * np.pi * AT[START:END] / 7)
    outcome = feed(SeriesBank(Tuning()), Arrivals.every_second(value))
    assert told(outcome) == []
    raised = outcome.transitions[outcome.transitions["raised"]]["ts_us"] // 1_000_000
    assert (raised >= START).any() == (fault != "none")


def test_an_unhealthy_sensor_teaches_nothing() -> None:
    readings = faulty("white", "sentinel")
    bank = SeriesBank(Tuning())
    feed(bank, readings[slice(0, START + 3)])
    before = describe(bank.pack(0))
    feed(bank, readings[slice(START + 3, END)])
    after = describe(bank.pack(0))
    assert (before["health"], after["health"]) == ("out_of_range", "out_of_range")
    assert after["health_since_us"] == pytest.approx(START * 1_000_000, abs=2_000_000)
    for name in ("learned", "expected", "largest_healthy_deviation"):
        assert after[name] == before[name]


def test_limits_hold_for_those_readings_that_have_them() -> None:
    value = signal("white")
    value[START:END] += 1000.0
    a = Arrivals.every_second(value)
    limits = Limits({"temperature": (-40.0, 150.0)})
    for number, states in ((limits.number("temperature"), [OUT_OF_RANGE, OK]), (limits.number("speed"), [])):
        bank = SeriesBank(Tuning(), limits)
        outcome = bank.advance(a.row, a.ts_us, a.value, a.seq, a.offset, a.index, limit=np.full(N, number, np.int32))
        assert outcome.health["state"].tolist() == states


def test_limits_that_cannot_be_are_refused() -> None:
    with pytest.raises(SettingsError, match="temperature"):
        Limits({"temperature": (10.0, 10.0)})
