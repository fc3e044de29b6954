"""Sends what carries times of its own at the pace of these times, or faster, or slower."""

from collections.abc import Callable

import numpy as np

from stream_app.publishing.messages import Messages

Send = Callable[[str, bytes, bytes], None]


class Pace:
    """Holds back each message until its event time has come, the first at once; `speed` 0 holds nothing back.

    `clock_s` is a steady clock, `wait(seconds)` returns True when the run is to stop.
    """

    def __init__(self, speed: float, clock_s: Callable[[], float], wait: Callable[[float], bool]) -> None:
        self._speed = speed
        self._clock_s, self._wait = clock_s, wait
        self.restart()

    def restart(self) -> None:
        """Begin a new stretch of time: the next message is due at once."""
        self._began_s: float | None = None
        self._first_us = 0

    def send(self, messages: Messages, send: Send) -> bool:
        """Send messages when they are due; a time that goes back is due at once; returns True when told to stop."""
        if self._speed == 0.0:
            self._send(messages, 0, len(messages.keys), send)
            return self._wait(0.0)
        if self._began_s is None:
            self._began_s, self._first_us = self._clock_s(), int(messages.ts_us[0])
        due_s = np.maximum.accumulate((messages.ts_us - self._first_us) / (1e6 * self._speed))
        sent = 0
        while sent < len(due_s):
            now_s = self._clock_s() - self._began_s
            ripe = int(np.searchsorted(due_s, now_s, side="right"))
            if self._wait(max(0.0, float(due_s[sent]) - now_s) if ripe <= sent else 0.0):
                return True
            self._send(messages, sent, ripe, send)
            sent = max(sent, ripe)
        return False

    @staticmethod
    def _send(messages: Messages, start: int, stop: int, send: Send) -> None:
        topic = messages.topic
        for key, value in zip(messages.keys[start:stop], messages.values[start:stop], strict=True):
            send(topic, key, value)
