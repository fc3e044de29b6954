"""What is usual for an asset at each hour of the day and kind of day, and how far its slots stray from that.

Columns are features of sensors and relations between sensors; a slot is one row of them. A healthy slot has z around 0
with sd 1, whatever the hour: that is what makes times comparable.
Source: Finch, T. (2009), Incremental calculation of weighted mean and variance.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.drift.tuning import DriftTuning

HOURS = 24
REMEMBERED = 96
"""Healthy slots whose z are kept to compare with."""

MEMORY = 30.0
"""Of the same hour: older ones fade."""

_DAY_US = 86_400_000_000
# 1970-01-01 was a Thursday.
_FIRST_WEEKDAY = 3
# A deviation is not told where it is below this share of what single rows vary by, or of the value.
_LEAST_OF_ROWS = 0.1
_LEAST_OF_VALUE = 1e-6
_PRIOR_SLOTS = 5.0


def phase_of(start_us: int, tuning: DriftTuning) -> int:
    """Return the phase of a slot: hour of the season, another set on Saturday and Sunday; 0 without a season."""
    if tuning.season_s <= 0.0:
        return 0
    season_us = round(tuning.season_s * 1e6)
    weekend = (start_us // _DAY_US + _FIRST_WEEKDAY) % 7 >= 5
    return start_us % season_us * HOURS // season_us + HOURS * bool(weekend)


class Reference:
    """The reference of `columns` columns; columns may be added."""

    def __init__(self, tuning: DriftTuning) -> None:
        self._tuning = tuning
        self._phases = 2 * HOURS if tuning.season_s > 0.0 else 1
        self.base = np.zeros(0)
        self.count = np.zeros((self._phases, 0), np.float32)
        self.mean = np.zeros((self._phases, 0), np.float32)
        self.squares = np.zeros(0)
        self.freedom = np.zeros(0)
        self.row_variance = np.zeros(0)
        self.offset = np.zeros(0)
        self.offset_slots = np.zeros(0)
        # Slots to take before z is told: all columns after a rebase.
        self.settling = 0
        self.z = np.full((REMEMBERED, 0), np.nan, np.float32)

    _BY_COLUMN = ("base", "squares", "freedom", "row_variance", "offset", "offset_slots")
    _BY_ROW_AND_COLUMN = ("count", "mean", "z")

    def widen(self, columns: int) -> None:
        """Have so many columns; new ones know nothing."""
        more = columns - len(self.base)
        if more <= 0:
            return
        for name in self._BY_COLUMN:
            setattr(self, name, np.concatenate([getattr(self, name), np.zeros(more)]))
        for name in self._BY_ROW_AND_COLUMN:
            old = getattr(self, name)
            fill = np.nan if name == "z" else 0.0
            setattr(self, name, np.hstack([old, np.full((len(old), more), fill, np.float32)]))
        self.base[-more:] = np.nan

    @property
    def sd(self) -> NDArray[np.float64]:
        """Usual deviation of a slot from its phase, per column."""
        variance = self.squares / np.maximum(self.freedom, 1.0)
        floor = _LEAST_OF_ROWS**2 * self.row_variance + (_LEAST_OF_VALUE * np.nan_to_num(self.base)) ** 2 + 1e-24
        return np.asarray(np.sqrt(variance + floor))

    def standardised(self, x: NDArray[np.float64], phase: int) -> NDArray[np.float64]:
        """Return z (columns,) of a slot `x`; NaN where the phase is not known well enough yet."""
        count = self.count[phase]
        known = (count >= self._needed) & (self.freedom >= self._tuning.learn_slots / 2.0)
        if self.settling:
            known[:] = False
        with np.errstate(invalid="ignore", divide="ignore"):
            z = self._deviation(x, phase) / (self.sd * np.sqrt(1.0 + 1.0 / np.maximum(count, 1.0)))
        return np.where(known, z, np.nan)

    @property
    def _needed(self) -> int:
        return self._tuning.learn_seasons if self._phases > 1 else self._tuning.learn_slots

    def _deviation(self, x: NDArray[np.float64], phase: int) -> NDArray[np.float64]:
        return np.asarray(x - np.nan_to_num(self.base) - self.mean[phase] - self.offset)

    def learn(self, x: NDArray[np.float64], spread: NDArray[np.float64], z: NDArray[np.float64], phase: int) -> None:
        """Take in a healthy slot: its values, their sd between rows and the z of its judgement; NaN is left out."""
        finite = np.isfinite(x)
        fresh = finite & np.isnan(self.base)
        self.base[fresh] = x[fresh]
        count, mean = self.count[phase], self.mean[phase]
        off = np.where(finite, self._deviation(x, phase), 0.0)
        known = finite & (count > 0)
        # The prediction error of a mean of n is larger than the deviation by 1 + 1/n.
        self.squares += np.where(known, off**2 / (1.0 + 1.0 / np.maximum(count, 1.0)), 0.0)
        self.freedom += known
        fade = np.where(self.freedom > REMEMBERED * MEMORY, 1.0 - 1.0 / (REMEMBERED * MEMORY), 1.0)
        self.squares *= fade
        self.freedom *= fade
        if self.settling:
            self._settle(off, finite)
        else:
            rate = np.where(finite, 1.0 / np.minimum(count + 1.0, MEMORY), 0.0)
            mean += (rate * off).astype(np.float32)
            count += finite
            np.minimum(count, MEMORY, out=count)
        usable = np.isfinite(spread)
        self.row_variance += np.where(usable, (spread**2 - self.row_variance) / MEMORY, 0.0)
        if np.isfinite(z).any():
            self.z = np.vstack([self.z[1:], z.astype(np.float32)[None]])

    def _settle(self, off: NDArray[np.float64], finite: NDArray[np.bool_]) -> None:
        self.offset_slots += finite
        self.offset += np.where(finite, off / np.maximum(self.offset_slots, 1.0), 0.0)
        self.settling -= 1

    def rebase(self, x: NDArray[np.float64], phases: list[int]) -> None:
        """Take the slots `x` (n, columns) at `phases` for the beginning of a new normal; phases differ as before."""
        self.squares = self.squares / np.maximum(self.freedom, 1.0) * _PRIOR_SLOTS
        self.freedom = np.minimum(self.freedom, _PRIOR_SLOTS)
        self.offset_slots[:] = 0.0
        self.z[:] = np.nan
        self.settling = self._tuning.learn_slots + len(x)
        for row, phase in zip(x, phases, strict=True):
            finite = np.isfinite(row)
            self._settle(np.where(finite, self._deviation(row, phase), 0.0), finite)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything that is kept, by name."""
        names = (*self._BY_COLUMN, *self._BY_ROW_AND_COLUMN)
        return {**{name: getattr(self, name) for name in names}, "settling": np.array([self.settling], np.int64)}

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Put back what `arrays` returned."""
        for name in (*self._BY_COLUMN, *self._BY_ROW_AND_COLUMN):
            setattr(self, name, arrays[name].copy())
        self.settling = int(arrays["settling"][0])
