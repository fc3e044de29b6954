"""Replay keeps the time of the data, times the speed."""

import numpy as np
import pytest

from stream_app.publishing.messages import Messages
from stream_app.publishing.pace import Pace


class SteppedClock:
    """Seconds that pass only while somebody waits."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def wait(self, seconds: float) -> bool:
        self.now_s += seconds
        return False


def messages(*ts_s: float) -> Messages:
    values = [b"%d" % i for i in range(len(ts_s))]
    return Messages("t", [b"k"] * len(ts_s), values, (np.array(ts_s) * 1e6).astype(np.int64), len(ts_s))


@pytest.mark.parametrize("speed", [0.5, 1.0, 60.0])
def test_gaps_of_the_data_are_kept(speed: float) -> None:
    clock = SteppedClock()
    pace = Pace(speed, lambda: clock.now_s, clock.wait)
    sent: list[tuple[bytes, float]] = []
    for part in (messages(1000, 1010, 1010, 1040), messages(1100)):
        assert not pace.send(part, lambda topic, key, value: sent.append((value, clock.now_s)))
    times = [(at - 100.0) * speed for _, at in sent]
    assert times == pytest.approx([0, 10, 10, 40, 100])
    assert [value for value, _ in sent] == [b"0", b"1", b"2", b"3", b"0"]


def test_a_time_that_goes_back_is_due_at_once() -> None:
    clock = SteppedClock()
    sent: list[float] = []
    Pace(1.0, lambda: clock.now_s, clock.wait).send(
        messages(1000, 1010, 990, 1012), lambda *message: sent.append(clock.now_s - 100.0)
    )
    assert sent == pytest.approx([0, 10, 10, 12])


def test_speed_zero_waits_for_nothing_and_restart_begins_anew() -> None:
    clock = SteppedClock()
    sent: list[float] = []
    Pace(0.0, lambda: clock.now_s, clock.wait).send(messages(0, 1e6), lambda *message: sent.append(clock.now_s))
    assert sent == [100.0, 100.0]
    pace = Pace(1.0, lambda: clock.now_s, clock.wait)
    pace.send(messages(0, 5), lambda *message: sent.append(clock.now_s))
    pace.restart()
    pace.send(messages(1e6), lambda *message: sent.append(clock.now_s))
    assert sent[2:] == pytest.approx([100, 105, 105])


def test_a_stop_is_obeyed_before_the_next_message() -> None:
    sent: list[bytes] = []
    stopped = Pace(1.0, lambda: 0.0, lambda seconds: seconds > 0).send(
        messages(0, 1, 2), lambda topic, key, value: sent.append(value)
    )
    assert stopped
    assert sent == [b"0"]
