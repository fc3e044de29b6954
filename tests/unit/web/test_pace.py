"""When a feed gives up to show what it missed."""

import time

from stream_app.web.pace import Pace

OLD = [(0, int(time.time() * 1000) - 60_000, None, b"x")]


def fresh() -> list[tuple[int, int, None, bytes]]:
    return [(0, int(time.time() * 1000), None, b"x")]


def test_late_for_long_is_hopeless() -> None:
    pace = Pace()
    for second in range(9):
        pace.note(100.0 + second, OLD, 1_000_000)
        assert not pace.is_hopeless(100.0 + second)
    assert pace.is_hopeless(111.0)
    pace.skip(1_000_000)
    assert not pace.is_hopeless(111.0)
    assert pace.skipped_records == 1_000_000


def test_catching_up_is_not_late() -> None:
    pace = Pace()
    pace.note(100.0, OLD, 1_000_000)
    pace.note(105.0, fresh(), 20_000)
    assert not pace.is_hopeless(120.0)


def test_old_data_at_a_low_rate_are_not_late() -> None:
    pace = Pace()
    for second in range(30):
        pace.note(100.0 + second, OLD, 50)
    assert not pace.is_hopeless(130.0)


def test_the_rate() -> None:
    pace = Pace()
    began = time.monotonic()
    for step in range(1, 41):
        pace.note(began + step / 10, fresh() * 10, 0)
    assert 80 < pace.records_per_s < 120
