"""Physical limits of sensors, by their type."""

from dataclasses import dataclass, field
from math import isnan

import numpy as np
from numpy.typing import NDArray

from schemas.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits `(low, high)` by sensor type, in the unit of its readings; raises SettingsError unless low < high."""

    by_type: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, (low, high) in self.by_type.items():
            if isnan(low) or isnan(high) or low >= high:
                raise SettingsError(f"Limits of {name!r} are [{low:g}, {high:g}]; give the lower one first.")

    def number(self, sensor_type: str | None) -> int:
        """Return the row of `table` for a sensor type; 0 where it has no limits."""
        return 1 + list(self.by_type).index(sensor_type) if sensor_type in self.by_type else 0

    def table(self) -> NDArray[np.float64]:
        """Return the limits as (k + 1, 2): none, then each type in order."""
        return np.array([(-np.inf, np.inf), *self.by_type.values()])
