"""What can be tuned about regimes; the defaults are what users get."""

from dataclasses import dataclass

from models.regimes.state import CODE, NO_MODE, SPEED
from schemas.errors import SettingsError


@dataclass(frozen=True, slots=True)
class RegimeTuning:
    """Which sensor types tell an asset's mode, and counts of readings.

    A regime is entered after `min_stay` readings of the mode sensor near each other; a series is silent for
    `settle_readings` of its own after that, and until it has seen `learn_readings` in the regime.
    Raises SettingsError on a value that cannot work.
    """

    speed_types: tuple[str, ...] = ("speed", "rpm", "rotational_speed")
    mode_types: tuple[str, ...] = ("mode", "operating_mode")
    min_stay: int = 3
    settle_readings: int = 20
    learn_readings: int = 100

    def __post_init__(self) -> None:
        limits = {"min_stay": (1, 200), "settle_readings": (0, 100_000), "learn_readings": (10, 1_000_000)}
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise SettingsError(f"{name} is {getattr(self, name)!r}; choose a whole number from {low} to {high}.")

    def kind_of(self, sensor_type: str | None) -> int:
        """Return what a sensor of this type says of its asset's mode: NO_MODE, SPEED or CODE."""
        name = (sensor_type or "").lower()
        return SPEED if name in self.speed_types else CODE if name in self.mode_types else NO_MODE
