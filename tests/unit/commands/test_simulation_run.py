"""A run in real time: nothing is sent before its time, the past is caught up, a stop is a stop."""

import io
import json

from models.simulation.fleet import Fleet
from stream_app.publishing.fleet_feed import FleetFeed
from stream_app.publishing.simulation_run import Clock, SimulationRun

NOW_US = 1_767_323_045_000_000


class SteppedClock:
    """Time that passes only while somebody waits."""

    def __init__(self, stop_after_us: int | None = None) -> None:
        self.now_us = NOW_US
        self._stop_at_us = None if stop_after_us is None else NOW_US + stop_after_us

    def wait(self, seconds: float) -> bool:
        self.now_us += round(seconds * 1e6)
        return self._stop_at_us is not None and self.now_us >= self._stop_at_us

    def clock(self) -> Clock:
        return Clock(lambda: self.now_us, self.wait)


class Sent:
    """Notes the time of sending beside each reading."""

    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock
        self.readings: list[tuple[int, dict[str, object]]] = []

    def __call__(self, key: bytes, value: bytes) -> None:
        self.readings.append((self._clock.now_us, json.loads(value)))

    def delays_us(self) -> list[int]:
        from schemas.times import parse_time

        return [sent_us - parse_time(reading["ts"]) for sent_us, reading in self.readings]


def run(clock: SteppedClock, *, total: int | None, history: int = 0, rate_hz: float = 10.0, live: bool = True) -> Sent:
    start_us = NOW_US - round(history / rate_hz * 1e6)
    fleet = Fleet(40, rate_hz, "mixed", 1, start_us=start_us, total_readings=total)
    sent = Sent(clock)
    SimulationRun(fleet, FleetFeed(fleet, sent), clock.clock(), total_readings=total, live=live).run()
    return sent


def test_readings_are_sent_when_their_time_has_come() -> None:
    for rate_hz in (0.5, 10.0, 1000.0):
        clock = SteppedClock()
        delays = run(clock, total=50, rate_hz=rate_hz).delays_us()
        assert len(delays) == 40 * 50
        assert min(delays) >= 0
        assert max(delays) <= 25_000


def test_the_past_is_sent_at_once_and_then_time_is_kept() -> None:
    clock = SteppedClock()
    sent = run(clock, total=900, history=800)
    at_once = [reading for sent_us, reading in sent.readings if sent_us < NOW_US + 1000]
    assert len(at_once) >= 40 * 800
    assert clock.now_us - NOW_US > 9_800_000
    assert min(sent.delays_us()) >= 0
    assert max(sent.delays_us()[40 * 801 :]) <= 120_000


def test_fast_never_waits() -> None:
    clock = SteppedClock()
    assert len(run(clock, total=500, live=False).readings) == 40 * 500
    assert clock.now_us == NOW_US


def test_a_stop_ends_an_endless_run() -> None:
    clock = SteppedClock(stop_after_us=2_000_000)
    sent = run(clock, total=None)
    assert 40 * 19 <= len(sent.readings) <= 40 * 21


def test_truth_is_told_when_the_fault_starts() -> None:
    clock = SteppedClock()
    fleet = Fleet(40, 10.0, "mixed", 1, start_us=NOW_US, total_readings=300)
    truth = io.StringIO()
    told_at: list[int] = []

    class Noted(io.StringIO):
        def write(self, text: str) -> int:
            told_at.append(clock.now_us)
            return truth.write(text)

    runs = SimulationRun(
        fleet, FleetFeed(fleet, lambda k, v: None), clock.clock(), total_readings=300, live=True, truth=Noted()
    )
    runs.run()
    faults = [json.loads(line) for line in truth.getvalue().splitlines()]
    assert len(faults) == runs.faults > 0
    from schemas.times import parse_time

    for fault, at_us in zip(faults, told_at, strict=True):
        assert 0 <= at_us - parse_time(fault["start_ts"]) <= 25_000
