"""What can be tuned about windows of readings; the defaults are what users get."""

from dataclasses import dataclass, field
from math import log10

import numpy as np

from models.windows.state import LONGEST_WINDOW, MOST_HOPS
from schemas.errors import SettingsError

SHORTEST_WINDOW = 8

WINDOW_TUNING_RECORD = np.dtype(
    [
        ("raise_p", "<f8"),
        ("clear_p", "<f8"),
        ("hold_rows", "<i8"),
        ("clear_hold_rows", "<i8"),
        ("learn_rows", "<i8"),
        ("threshold", "<f8"),
    ]
)
"""The same as one record, in the form the kernels read."""


@dataclass(frozen=True, slots=True)
class WindowShape:
    """Readings of a window and of the hop to the next one; raises SettingsError on a shape that cannot be kept."""

    window: int = 64
    hop: int = 16

    def __post_init__(self) -> None:
        if not SHORTEST_WINDOW <= self.window <= LONGEST_WINDOW:
            raise SettingsError(
                f"A window of {self.window} readings cannot be kept; choose {SHORTEST_WINDOW} to {LONGEST_WINDOW}."
            )
        # Imputed samples may end a window within a hop, so that it reaches into one hop more than it has.
        least = -(-self.window // (MOST_HOPS - 1))
        if not least <= self.hop <= self.window or self.window % self.hop:
            raise SettingsError(
                f"A hop of {self.hop} readings does not fit a window of {self.window}; choose a divisor of it, "
                f"at least {least}."
            )


@dataclass(frozen=True, slots=True)
class WindowTuning:
    """Shape of windows, by sensor type where another is wanted, and when a `pattern` is raised and cleared.

    A row whose combined p-value is below `raise_p`, at least `hold_rows` times in a row and until one has no sample of
    the first, raises; `clear_hold_rows` in a row above `clear_p` clear. A sensor is judged once `learn_rows` of its own
    rows were learned.
    """

    shape: WindowShape = WindowShape()
    shape_of_type: dict[str, WindowShape] = field(default_factory=dict)
    raise_p: float = 2.5e-3
    clear_p: float = 1e-2
    hold_rows: int = 5
    clear_hold_rows: int = 4
    learn_rows: int = 40

    def __post_init__(self) -> None:
        limits: dict[str, tuple[float, float]] = {
            "raise_p": (1e-300, 0.5),
            "clear_p": (self.raise_p, 0.5),
            "hold_rows": (1, 1000),
            "clear_hold_rows": (1, 1000),
            "learn_rows": (4, 100_000),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(f"{name} is {value!r}; choose a number from {low:g} to {high:g}.")

    def shape_for(self, sensor_type: str | None) -> WindowShape:
        """Return the shape of windows of a sensor type."""
        return self.shape if sensor_type is None else self.shape_of_type.get(sensor_type, self.shape)

    def record(self) -> np.ndarray:
        """Return the constants as an array of one `WINDOW_TUNING_RECORD`."""
        values = (
            self.raise_p, self.clear_p, self.hold_rows, self.clear_hold_rows, self.learn_rows, -log10(self.raise_p),
        )  # fmt: skip
        return np.array([values], WINDOW_TUNING_RECORD)
