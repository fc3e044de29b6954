"""What can be tuned about regimes; the defaults are what users get."""

from dataclasses import dataclass

import numpy as np

from models.regimes.state import CODE, NO_MODE, SPEED
from schemas.errors import SettingsError

REGIME_TUNING = np.dtype([("settle_readings", "<i8"), ("longest_settle_readings", "<i8"), ("learn_readings", "<i8")])


@dataclass(frozen=True, slots=True)
class RegimeTuning:
    """Which sensor types tell an asset's mode, and counts of readings.

    A regime is entered after `min_stay` readings of the mode sensor near each other. A series is then silent for
    `settle_readings` of its own and until it is back at what is usual, at most for `longest_settle_readings`; and in a
    regime not known yet for at least `learn_readings`. Where no sensor tells a mode, modes are looked for in the first
    `find_readings` of each sensor; 0: never.
    Raises SettingsError on a value that cannot work.
    """

    speed_types: tuple[str, ...] = ("speed", "rpm", "rotational_speed")
    mode_types: tuple[str, ...] = ("mode", "operating_mode")
    min_stay: int = 3
    settle_readings: int = 5
    longest_settle_readings: int = 500
    learn_readings: int = 100
    find_readings: int = 5000

    def __post_init__(self) -> None:
        limits = {
            "min_stay": (1, 100),
            "settle_readings": (0, 100_000),
            "longest_settle_readings": (self.settle_readings, 1_000_000),
            "learn_readings": (10, 1_000_000),
            "find_readings": (0, 10_000_000),
        }
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise SettingsError(f"{name} is {getattr(self, name)!r}; choose a whole number from {low} to {high}.")

    def record(self) -> np.ndarray:
        """Return the constants of a series' baselines as an array of one `REGIME_TUNING`."""
        return np.array([(self.settle_readings, self.longest_settle_readings, self.learn_readings)], REGIME_TUNING)

    def kind_of(self, sensor_type: str | None) -> int:
        """Return what a sensor of this type says of its asset's mode: NO_MODE, SPEED or CODE."""
        name = (sensor_type or "").lower()
        return SPEED if name in self.speed_types else CODE if name in self.mode_types else NO_MODE
