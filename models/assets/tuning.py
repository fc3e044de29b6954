"""What can be tuned about judging the sensors of an asset together; the defaults are what users get."""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from schemas.errors import SettingsError

ASSET_TUNING = np.dtype(
    [
        ("tick_us", "<i8"),
        ("learn_ticks", "<i8"),
        ("raise_z", "<f8"),
        ("clear_z", "<f8"),
        ("hold_ticks", "<i8"),
        ("clear_hold_ticks", "<i8"),
    ]
)


@dataclass(frozen=True, slots=True)
class AssetTuning:
    """Constants of relations; `tick_s` 0: the period of the slowest sensor, learned.

    `raise_z` and `clear_z` are in units of the largest healthy deviation (1 = mean + 3 sd of its maxima).
    Raises SettingsError on a value that cannot work.
    """

    tick_s: float = 0.0
    learn_ticks: int = 400
    raise_z: float = 2.25
    clear_z: float = 0.8
    hold_ticks: int = 5
    clear_hold_ticks: int = 10

    def __post_init__(self) -> None:
        limits: dict[str, tuple[float, float]] = {
            "tick_s": (0.0, 86_400.0),
            "learn_ticks": (60, 1_000_000),
            "raise_z": (0.1, 1_000.0),
            "clear_z": (0.01, self.raise_z),
            "hold_ticks": (1, 200),
            "clear_hold_ticks": (1, 10_000),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not (isfinite(value) and low <= value <= high):
                raise SettingsError(f"{name} is {value!r}; choose a number from {low:g} to {high:g}.")
        if 0.0 < self.tick_s < 1e-4:
            raise SettingsError(f"tick_s is {self.tick_s!r}; choose 0 (learned) or at least 0.0001.")

    def record(self) -> np.ndarray:
        """Return the constants as an array of one `ASSET_TUNING`."""
        values = (
            round(self.tick_s * 1e6),
            self.learn_ticks,
            self.raise_z,
            self.clear_z,
            self.hold_ticks,
            self.clear_hold_ticks,
        )
        return np.array([values], ASSET_TUNING)
