"""Readings at a steady rate, a hop of one sensor a message, and the feature rows that come of them."""

import threading
import time
from dataclasses import dataclass, field

import msgspec
import numpy as np

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.follow import TopicFollower
from connectors.kafka.writer import BulkWriter
from schemas.feature_block import decode_feature_block
from schemas.topics import FEATURES, READINGS

HOP, WINDOW = 16, 64
SENSOR_TYPE = "flow"
_POLL_S = 0.05


@dataclass(slots=True)
class Load:
    """`sensors` sensors make `rate` readings/s together; `sent` are the times in µs of each message's last reading."""

    connection: KafkaConnection
    sensors: int
    rate: float
    sent: dict[str, list[int]] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    arrived: list[tuple[str, int, float]] = field(default_factory=list)

    def start(self) -> None:
        """Send and receive from now on."""
        follower = TopicFollower(self.connection, FEATURES, "end")
        for target, arguments in ((self._send, ()), (self._receive, (follower,))):
            thread = threading.Thread(target=target, args=arguments, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop_sending(self) -> None:
        """Send no more."""
        self._ended.set()
        self._threads[0].join()

    @property
    def expected(self) -> set[tuple[str, int]]:
        """Sensor and time of each row that must come: of every message from the first full window on."""
        return {(sensor, ts) for sensor, times in self.sent.items() for ts in times[WINDOW // HOP - 1 :]}

    def _send(self) -> None:
        rng = np.random.default_rng(1)
        period_us = round(1e6 * self.sensors / self.rate)
        began_us = time.time_ns() // 1000
        names = [f"asset-{i}/flow" for i in range(self.sensors)]
        encoder = msgspec.json.Encoder()
        number = 0
        with BulkWriter(self.connection, linger_ms=1.0) as writer:
            while not self._ended.is_set():
                message, place = divmod(number, self.sensors)
                # Sensors take turns, so that messages come evenly.
                shift_us = place * HOP * period_us // self.sensors
                first_us = began_us + message * HOP * period_us + shift_us
                last_us = first_us + (HOP - 1) * period_us
                self._ended.wait(max(0.0, last_us / 1e6 - time.time()))
                values = rng.normal(50.0, 1.0, HOP).round(4).tolist()
                readings = [
                    {
                        "sensor_id": names[place],
                        "sensor_type": SENSOR_TYPE,
                        "ts": first_us + k * period_us,
                        "seq": message * HOP + k,
                        "value": value,
                    }
                    for k, value in enumerate(values)
                ]
                writer.send(READINGS, f"asset-{place}".encode(), encoder.encode(readings))
                self.sent.setdefault(names[place], []).append(last_us)
                number += 1

    def _receive(self, follower: TopicFollower) -> None:
        with follower:
            while True:
                for *_, value in follower.records(_POLL_S):
                    now_s = time.time()
                    block = decode_feature_block(value or b"")
                    for sensor, ts in zip(block.sensor_ids, block.ts_us.tolist(), strict=True):
                        self.arrived.append((sensor, ts, now_s))
