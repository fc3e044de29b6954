"""A fleet of one type of sensor, whose readings come faster than the clock, for the test of the learning loop."""

import json

import numpy as np

from schemas.topics import READINGS
from tests.e2e.readings import START_S, publish

ASSETS = [f"pump-{n}" for n in range(6)]
OF_AN_ASSET = 4
SENSORS = OF_AN_ASSET * len(ASSETS)
_IN_A_MESSAGE = 50


class FleetOfFlows:
    """Publishes a reading a second of each of SENSORS sensors; `at` counts those of one."""

    def __init__(self, brokers: str) -> None:
        self._brokers = brokers
        self._rng = np.random.default_rng(1)
        self.at = 0

    @property
    def readings(self) -> int:
        """How many were published so far."""
        return self.at * SENSORS

    def run(self, n: int, level: float = 50.0, spread: float = 1.0) -> None:
        """Publish n more readings of each sensor, a multiple of fifty."""
        messages = []
        for begin in range(self.at, self.at + n, _IN_A_MESSAGE):
            for asset in ASSETS:
                values = self._rng.normal(level, spread, (_IN_A_MESSAGE, OF_AN_ASSET)).round(4).tolist()
                readings = [
                    {
                        "sensor_id": f"{asset}/flow-{k}",
                        "sensor_type": "flow",
                        "ts": START_S + at,
                        "seq": at,
                        "value": value,
                    }
                    for at, together in enumerate(values, begin)
                    for k, value in enumerate(together)
                ]
                messages.append((asset, json.dumps(readings).encode()))
        publish(self._brokers, READINGS, messages)
        self.at += n
