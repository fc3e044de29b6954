"""What two models said of the same rows in service, counted row by row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import atan2, isnan, pi

import numpy as np
from numpy.typing import NDArray

from models.calibration.combination import LARGEST_P, tempered
from models.training.evaluation import HOLD_ROWS, STRANGE_P
from models.windows.state import LEARNING, UNHEALTHY

RARE_P = 0.01
"""Of healthy rows, this share should be less likely than this."""

UNCOMMON_P = 0.1
"""And this share less likely than this."""

_HOUR_US = 3_600_000_000.0


@dataclass(slots=True)
class Side:
    """Of one judge: rows judged, uncommon and rare ones, and alarms: so many strange rows of a sensor in a row."""

    rows: int = 0
    uncommon: int = 0
    rare: int = 0
    alarms: int = 0
    run: dict[str, int] = field(default_factory=dict)

    def take(self, sensor: str, p: float) -> None:
        """Count one row; NaN counts nothing."""
        if isnan(p):
            return
        self.rows += 1
        self.uncommon += p < UNCOMMON_P
        self.rare += p < RARE_P
        run = self.run[sensor] = self.run.get(sensor, 0) + 1 if p < STRANGE_P else 0
        self.alarms += run == HOLD_ROWS

    @property
    def rare_share(self) -> float:
        """Share of rare rows; RARE_P is right."""
        return self.rare / self.rows if self.rows else 0.0

    @property
    def uncommon_share(self) -> float:
        """Share of uncommon rows; UNCOMMON_P is right."""
        return self.uncommon / self.rows if self.rows else 0.0


@dataclass(slots=True)
class Tally:
    """Counts of a pair: all detectors `together`, each model alone, and together with the models `exchanged`."""

    together: Side = field(default_factory=Side)
    champion: Side = field(default_factory=Side)
    challenger: Side = field(default_factory=Side)
    exchanged: Side = field(default_factory=Side)
    heard_us: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows that the challenger judged."""
        return self.challenger.rows

    @property
    def sensor_hours(self) -> float:
        """How long the sensors were heard, added up."""
        return sum(last - first for first, last in self.heard_us.values()) / _HOUR_US

    def per_hour(self, side: Side) -> float:
        """Return alarms in a sensor-hour."""
        return side.alarms / self.sensor_hours if self.sensor_hours > 0.0 else 0.0

    def take(
        self,
        sensors: Sequence[str],
        ts_us: NDArray[np.int64],
        flags: NDArray[np.int64],
        champion_weight: float,
        members: int,
        p_values: NDArray[np.float32],
        canary: bool = False,
    ) -> None:
        """Count n rows in order: `p_values` (3, n) together, of the champion and of the challenger.

        With `canary` it is the challenger that was asked together with all others.
        Rows of sensors that are learning or not healthy count for nobody.
        """
        usual = flags & (LEARNING | UNHEALTHY) == 0
        for i in np.flatnonzero(usual).tolist():
            together, champion, challenger = (float(p) for p in p_values[:, i])
            sensor, ts = sensors[i], int(ts_us[i])
            first, last = self.heard_us.get(sensor, (ts, ts))
            self.heard_us[sensor] = min(first, ts), max(last, ts)
            if canary:
                with_champion = exchanged(together, challenger, champion, champion_weight, members)
                said = (with_champion, champion, challenger, together)
            else:
                with_challenger = exchanged(together, champion, challenger, champion_weight, members)
                said = (together, champion, challenger, with_challenger)
            for side, p in zip((self.together, self.champion, self.challenger, self.exchanged), said, strict=True):
                side.take(sensor, p)


def exchanged(together: float, champion: float, challenger: float, weight: float, members: int) -> float:
    """Return the p-value of all detectors together as if the challenger had been asked instead of the champion.

    Or the other way round, where the two are exchanged. `weight` is the champion's of so many `members`. All detectors
    count as having spoken. NaN where the challenger could not say.
    """
    if isnan(challenger) or isnan(together):
        return float("nan")
    if isnan(champion):
        total = (1.0 - weight) * _cotangent(together) + weight * _cotangent(challenger)
    else:
        champion = tempered(champion, weight, members)
        total = _cotangent(together) + weight * (_cotangent(challenger) - _cotangent(champion))
    return atan2(1.0, total) / pi


def _cotangent(p: float) -> float:
    angle = pi * min(max(p, 1e-300), LARGEST_P)
    return float(np.cos(angle) / np.sin(angle))
