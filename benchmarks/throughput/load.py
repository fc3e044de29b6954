"""The readings that a throughput run consumes: a seeded fleet that is mostly healthy, as finished Kafka messages."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

SENSOR_TYPES = (
    ("temperature", "C", 61.0),
    ("vibration", "mm/s", 2.4),
    ("pressure", "bar", 6.1),
    ("current", "A", 17.5),
)
TICK_US = 1_000_000
FAULT_EVERY_TICKS, FAULT_TICKS, FAULT_SHARE = 1000, 40, 0.01


@dataclass(frozen=True, slots=True)
class Load:
    """`readings` readings of `sensors` sensors at 1 Hz, four sensors an asset, `per_message` readings to a message.

    Readings of one asset share the key and travel in order. One percent of the sensors leave their normal range for
    40 readings in every 1,000, so that anomalies are raised and cleared while the clock runs.
    """

    readings: int
    sensors: int = 2000
    per_message: int = 1
    seed: int = 1
    end_us: int = 1_767_225_600_000_000

    @property
    def ticks(self) -> int:
        """Number of readings of each sensor."""
        return -(-self.readings // self.sensors)

    @property
    def total(self) -> int:
        """Number of readings produced: `readings` rounded up to whole ticks."""
        return self.ticks * self.sensors

    def messages(self) -> Iterator[tuple[bytes, bytes, int]]:
        """Yield `(key, value, readings in it)`; one JSON object, or an array where `per_message` is above 1."""
        fleet = [_Sensor.numbered(i) for i in range(self.sensors)]
        if self.per_message == 1:
            for at, values in self._ticks():
                for sensor, value in zip(fleet, values, strict=True):
                    yield sensor.key, sensor.reading(at, value), 1
            return
        waiting: dict[bytes, list[bytes]] = {sensor.key: [] for sensor in fleet}
        for at, values in self._ticks():
            for sensor, value in zip(fleet, values, strict=True):
                held = waiting[sensor.key]
                held.append(sensor.reading(at, value))
                if len(held) == self.per_message:
                    yield sensor.key, b"[" + b",".join(held) + b"]", len(held)
                    held.clear()
        for key, held in waiting.items():
            if held:
                yield key, b"[" + b",".join(held) + b"]", len(held)

    def _ticks(self) -> Iterator[tuple[tuple[bytes, int], list[float]]]:
        """Yield `((time as JSON bytes, seq), values of all sensors)` for each tick."""
        random = np.random.default_rng(self.seed)
        level = np.array([SENSOR_TYPES[i % len(SENSOR_TYPES)][2] for i in range(self.sensors)])
        noise = np.zeros(self.sensors)
        phase = random.uniform(0, 2 * np.pi, self.sensors)
        # Each sensor starts its faults at a place of its own, not all at once.
        faulty = random.random(self.sensors) < FAULT_SHARE
        start = random.integers(FAULT_TICKS, FAULT_EVERY_TICKS - FAULT_TICKS, self.sensors)
        first_us = self.end_us - self.ticks * TICK_US
        for tick in range(self.ticks):
            noise = 0.7 * noise + random.normal(0, 0.01, self.sensors)
            since = tick % FAULT_EVERY_TICKS - start
            fault = faulty & (since >= 0) & (since < FAULT_TICKS)
            values = level * (1 + 0.05 * np.sin(phase + tick / 300) + noise + 0.8 * fault)
            time = np.datetime64(first_us + tick * TICK_US, "us").item().strftime('"%Y-%m-%dT%H:%M:%S.%fZ"')
            yield (time.encode(), tick), values.round(4).tolist()


@dataclass(frozen=True, slots=True)
class _Sensor:
    """One sensor with the parts of its JSON that never change."""

    key: bytes
    head: bytes
    tail: bytes

    @classmethod
    def numbered(cls, i: int) -> "_Sensor":
        kind, unit, _ = SENSOR_TYPES[i % len(SENSOR_TYPES)]
        asset = f"pump-{i // len(SENSOR_TYPES):05d}"
        head = f'{{"sensor_id":"{asset}/{kind}","ts":'
        tail = f',"asset_id":"{asset}","sensor_type":"{kind}","unit":"{unit}","seq":'
        return cls(asset.encode(), head.encode(), tail.encode())

    def reading(self, at: tuple[bytes, int], value: float) -> bytes:
        time, seq = at
        return b'%b%b,"value":%.4f%b%d}' % (self.head, time, value, self.tail, seq)
