"""A fleet as the drift watch sees it: hourly slots with a daily and a weekly cycle, and what may happen to it."""

from collections.abc import Callable, Iterator
from itertools import count

import numpy as np
from numpy.typing import NDArray

from models.drift.finding import Finding
from models.drift.fleet_watch import FleetWatch
from models.drift.tuning import DriftTuning
from schemas.drift_slot import ClosedSlot, SensorSlot

HOUR_US = 3_600_000_000
START_US = 20_454 * 24 * HOUR_US  # a Thursday
TYPES = ("temperature", "vibration", "speed")
COLUMNS = ("mean", "std", "kurtosis", "spectral_entropy")
BASE = np.array([[60.0, 1.0, 3.0, 0.8], [2.0, 0.2, 3.0, 0.7], [1470.0, 3.0, 3.0, 0.6]])
_LOAD_SHARE = np.array([0.05, 0.1, 0.02, 0.02])
_WANDER_SHARE = 0.01

# asset, means (sensor, feature), relation, days since the change → means, relation
Change = Callable[[int, NDArray[np.float64], float, float], tuple[NDArray[np.float64], float]]


def slots(
    days: int, assets: int, change: Change | None = None, change_day: float = 12.0, seed: int = 0, memory: float = 0.8
) -> Iterator[tuple[str, ClosedSlot]]:
    """Yield (asset, slot) hour by hour; deviations from the cycles are AR(1) with `memory`."""
    rng = np.random.default_rng(seed)
    wander = np.zeros((assets, *BASE.shape))
    for hour in range(days * 24):
        start_us = START_US + hour * HOUR_US
        weekend = (start_us // (24 * HOUR_US) + 3) % 7 >= 5
        load = np.sin(2.0 * np.pi * (hour % 24) / 24.0) * (0.3 if weekend else 1.0) + (0.0 if weekend else 0.5)
        for asset in range(assets):
            wander[asset] = memory * wander[asset] + np.sqrt(1.0 - memory**2) * rng.normal(size=BASE.shape)
            mean = BASE * (1.0 + _LOAD_SHARE * load + _WANDER_SHARE * wander[asset])
            relation = 0.8 + 0.05 * rng.normal()
            days_since = hour / 24.0 - change_day
            if change is not None and days_since >= 0.0:
                mean, relation = change(asset, mean.copy(), relation, days_since)
            sensors = [
                SensorSlot(
                    f"a{asset}/{name}",
                    name,
                    20,
                    0,
                    0,
                    mean[i].astype("<f4").tobytes(),
                    (BASE[i] * 0.02).astype("<f4").tobytes(),
                )
                for i, name in enumerate(TYPES)
            ]
            yield f"a{asset}", ClosedSlot(start_us, start_us + HOUR_US, COLUMNS, sensors, [(0, 1, relation)])


def watch(
    told: Iterator[tuple[str, ClosedSlot]], tuning: DriftTuning | None = None
) -> tuple[FleetWatch, list[Finding]]:
    """Return the watch after all slots, and what it found."""
    fleet = FleetWatch(tuning or DriftTuning())
    found: list[Finding] = []
    for asset_id, slot in told:
        found += fleet.advance("readings", asset_id, slot, 0, map(str, count()))
    return fleet, found
