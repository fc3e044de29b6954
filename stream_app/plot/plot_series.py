"""What is drawn of one sensor, kept small however long the series is."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stream_app.plot.spectrum_panel import WINDOW, PlotSpectrum

POINTS_DRAWN = 2_400
# Readings are gathered up to this many, then thinned to a quarter of it.
MOST_KEPT = 16_384


@dataclass(frozen=True, slots=True)
class Points:
    """`n` points in order of time; `low` and `high` are the expected band, NaN where there is none."""

    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ts_us)

    def at(self, places: NDArray[np.int64]) -> "Points":
        """Return the points at `places`."""
        return Points(self.ts_us[places], self.value[places], self.low[places], self.high[places])

    def thinned(self, most: int) -> "Points":
        """Return at most about `most` of the points: first, lowest and highest of equal stretches of time."""
        if len(self) <= most:
            return self
        edges_us = np.linspace(float(self.ts_us[0]), float(self.ts_us[-1]), max(1, most // 3) + 1)[:-1]
        stretch = np.searchsorted(edges_us, self.ts_us, side="right")
        finite = np.flatnonzero(np.isfinite(self.value))
        by_value = finite[np.lexsort((self.value[finite], stretch[finite]))]
        last = np.flatnonzero(np.diff(stretch[by_value], append=-1))
        kept = [
            np.flatnonzero(np.diff(stretch, prepend=-1)),
            by_value[last],
            by_value[np.concatenate([[0], last[:-1] + 1])] if len(last) else last,
            np.array([len(self) - 1]),
        ]
        return self.at(np.unique(np.concatenate(kept)))


@dataclass(frozen=True, slots=True)
class Span:
    """One anomaly on the time axis; `end_us` None = still open."""

    kind: str
    start_us: int
    end_us: int | None
    score: float
    grade: float


@dataclass(slots=True)
class PlotSeries:
    """One sensor: its readings so far and its anomalies by id."""

    sensor_id: str
    unit: str | None = None
    spans: dict[str, Span] = field(default_factory=dict)
    spectrum: PlotSpectrum | None = None
    _parts: list[Points] = field(default_factory=list)
    _kept: int = 0
    _newest: Points | None = None

    @property
    def has_readings(self) -> bool:
        """Whether there is anything to draw."""
        return self._kept > 0

    def add(self, points: Points) -> None:
        """Append readings."""
        newest = points if self._newest is None else _joined([self._newest, points])
        self._newest = newest.at(np.arange(max(0, len(newest) - WINDOW), len(newest)))
        self._parts.append(points)
        self._kept += len(points)
        if self._kept > MOST_KEPT:
            self._parts = [_joined(self._parts).thinned(MOST_KEPT // 4)]
            self._kept = len(self._parts[0])

    def points(self, most: int = POINTS_DRAWN) -> Points:
        """Return the points to draw."""
        return _joined(self._parts).thinned(most)

    def newest(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return times and values of the last readings, as many as a spectrum takes, in order of time."""
        if self._newest is None:
            return np.zeros(0, np.int64), np.zeros(0)
        return self._newest.ts_us, self._newest.value


def _joined(parts: list[Points]) -> Points:
    columns = ("ts_us", "value", "low", "high")
    joined = Points(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))
    # Late readings come out of order; a line through them would run back.
    return joined.at(np.argsort(joined.ts_us, kind="stable"))
