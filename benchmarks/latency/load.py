"""Readings at a steady rate, of sensors that leave their normal state again and again: many events."""

from dataclasses import dataclass

import numpy as np

LEARN_READINGS = 60
WARM_TICKS = 150
"""Readings of each sensor before the clock runs."""

FAULT_EVERY_TICKS, FAULT_TICKS = 120, 25


@dataclass(frozen=True, slots=True)
class LatencyLoad:
    """`sensors` sensors, four an asset, that take turns so that `rate` readings come in a second."""

    rate: float
    sensors: int
    seed: int = 1

    @classmethod
    def of_rate(cls, rate: float) -> "LatencyLoad":
        """Return a load in which each sensor reads about twenty times a second."""
        return cls(rate, max(1, round(rate / 20)))

    def values(self, first_tick: int, ticks: int) -> list[list[float]]:
        """Return the values of `ticks` ticks, by tick and sensor."""
        random = np.random.default_rng([self.seed, first_tick])
        tick = first_tick + np.arange(ticks)[:, None]
        turn = np.arange(self.sensors) * FAULT_EVERY_TICKS // self.sensors
        fault = (tick > WARM_TICKS // 2) & ((tick + turn) % FAULT_EVERY_TICKS < FAULT_TICKS)
        values = 50.0 + random.normal(size=fault.shape) + 40.0 * fault
        found: list[list[float]] = values.round(4).tolist()
        return found

    def message(self, sensor: int, ts_us: int, value: float, tick: int) -> tuple[bytes, bytes]:
        """Return key and value of one reading."""
        asset = f"line-{sensor // 4:04d}"
        text = f'{{"sensor_id":"{asset}/s{sensor % 4}","ts":{ts_us},"value":{value},"seq":{tick}}}'
        return asset.encode(), text.encode()
