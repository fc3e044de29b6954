"""One asset under watch: its slots against their reference, and whether a change is open.

A slot teaches the reference only when no anomaly was open in it, nor within the look-back after it, and no change is
open: what is suspect is in quarantine. Too long a quarantine, or a release, ends it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.drift.change_time import change_place
from models.drift.reference import Reference, phase_of
from models.drift.tuning import DriftTuning
from models.drift.watched import RELATION
from models.drift.windows_of_slots import SlotWindows
from schemas.drift_slot import ClosedSlot

REMEMBERED = 64
"""Slots that a change is looked for in."""

_CLOSES_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Column:
    """A feature of a sensor, or with `feature` RELATION the relation of `sensor_id` with `other`."""

    sensor_id: str
    feature: str
    other: str = ""


@dataclass(slots=True)
class OpenChange:
    """A change that is not over: slots from `changed_us` on differ; `columns` are the places of those that left.

    `looked_at` counts its slots when a cause was sought last. Once that is named, the verdict is kept with the type of
    the sensors and the mark that it was given.
    """

    changed_us: int
    noticed_us: int
    columns: list[int]
    slots: int = 0
    looked_at: int = 0
    verdict: str = ""
    sensor_type: str = ""
    mark: str = ""


class AssetWatch:
    """The watch over `asset_id`; `columns` grow as sensors appear."""

    def __init__(self, lane: str, asset_id: str, tuning: DriftTuning) -> None:
        self.lane, self.asset_id, self.tuning = lane, asset_id, tuning
        self.columns: list[Column] = []
        self.types: dict[str, str] = {}
        self.reference = Reference(tuning)
        self.windows = SlotWindows()
        self.open: OpenChange | None = None
        # Of the last slots: begin, rows of all sensors, whether it was decided if it teaches, whether an anomaly was
        # open; and of each column its value, its sd between rows, z, and whether its sensor was unhealthy.
        self.start_us: list[int] = []
        self.rows: list[int] = []
        self.taught: list[bool] = []
        self.suspect: list[bool] = []
        self.x = np.zeros((0, 0))
        self.spread = np.zeros((0, 0))
        self.z = np.zeros((0, 0))
        self.unhealthy = np.zeros((0, 0), np.bool_)
        # Since when an anomaly is open (0: none is), and whether that was released.
        self.suspect_since_us = 0
        self.released = False
        self._places: dict[Column, int] = {}

    def advance(self, slot: ClosedSlot) -> None:
        """Take in the next closed slot."""
        x, spread, unhealthy, suspect = self._read(slot)
        self._widen()
        phase = phase_of(slot.start_us, self.tuning)
        z = self.reference.standardised(x, phase)
        self._remember(slot, x, spread, z, unhealthy)
        self._note_anomalies(slot, suspect)
        self._judge(slot, self.windows.medians(self.z))
        self._teach(slot.end_us)

    # What came.

    def _read(self, slot: ClosedSlot) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_], bool]:
        found: dict[int, tuple[float, float, bool]] = {}
        suspect = False
        for sensor in slot.sensors:
            self.types[sensor.sensor_id] = sensor.sensor_type or ""
            suspect |= sensor.open_rows > 0
            ill = 2 * sensor.unhealthy_rows >= sensor.rows
            mean, spread = (np.frombuffer(part, "<f4").astype(np.float64) for part in (sensor.mean, sensor.spread))
            for feature, value, sd in zip(slot.columns, mean.tolist(), spread.tolist(), strict=True):
                found[self._place(Column(sensor.sensor_id, feature))] = (value, sd, ill)
        for a, b, fisher in slot.relations:
            column = Column(slot.sensors[a].sensor_id, RELATION, slot.sensors[b].sensor_id)
            found[self._place(column)] = (fisher, np.nan, False)
        columns = len(self.columns)
        x, spread = np.full(columns, np.nan), np.full(columns, np.nan)
        unhealthy = np.zeros(columns, np.bool_)
        for place, (value, sd, ill) in found.items():
            x[place], spread[place], unhealthy[place] = value, sd, ill
        return x, spread, unhealthy, suspect

    def _place(self, column: Column) -> int:
        if column not in self._places:
            self.add_columns([column])
        return self._places[column]

    def add_columns(self, columns: list[Column]) -> None:
        """Have more columns."""
        for column in columns:
            self._places[column] = len(self.columns)
            self.columns.append(column)

    def _widen(self) -> None:
        columns = len(self.columns)
        self.reference.widen(columns)
        self.windows.widen(columns)
        more = columns - self.x.shape[1]
        if more > 0:
            room = np.full((len(self.start_us), more), np.nan)
            self.x, self.spread, self.z = (np.hstack([part, room]) for part in (self.x, self.spread, self.z))
            self.unhealthy = np.hstack([self.unhealthy, np.zeros(room.shape, np.bool_)])

    def _remember(self, slot: ClosedSlot, *rows: NDArray[Any]) -> None:
        x, spread, z, unhealthy = rows
        self.start_us = [*self.start_us, slot.start_us][-REMEMBERED:]
        self.rows = [*self.rows, sum(sensor.rows for sensor in slot.sensors)][-REMEMBERED:]
        self.taught = [*self.taught, False][-REMEMBERED:]
        self.x = np.vstack([self.x, x])[-REMEMBERED:]
        self.spread = np.vstack([self.spread, spread])[-REMEMBERED:]
        self.z = np.vstack([self.z, z])[-REMEMBERED:]
        self.unhealthy = np.vstack([self.unhealthy, unhealthy])[-REMEMBERED:]

    # Is it usual?

    def _judge(self, slot: ClosedSlot, medians: NDArray[np.float64]) -> None:
        with np.errstate(invalid="ignore"):
            left = (np.abs(medians) > self.windows.thresholds()).any(axis=0)
        if self.open is None:
            if left.any():
                columns = np.flatnonzero(left).tolist()
                since = change_place(self.z[:, columns])
                self.open = OpenChange(self.start_us[since], slot.end_us, columns)
            return
        self.open.slots += 1
        self.open.columns = sorted({*self.open.columns, *np.flatnonzero(left).tolist()})

    @property
    def slot_us(self) -> int:
        """Length of a slot in µs."""
        return self.tuning.slot_us

    @property
    def state_bytes(self) -> int:
        """Size of what is kept, in bytes."""
        kept = [*self.reference.arrays().values(), *self.windows.arrays().values(), self.x, self.spread, self.z]
        return sum(array.nbytes for array in kept)

    @property
    def is_back(self) -> bool:
        """Whether every column of the open change is near its reference again, over every length that is judged."""
        assert self.open is not None
        columns = self.open.columns
        medians, limits = self.windows.medians(self.z)[:, columns], self.windows.thresholds()[:, columns]
        return bool((np.nan_to_num(np.abs(medians)) <= _CLOSES_SHARE * limits).all())

    @property
    def is_held_too_long(self) -> bool:
        """Whether the open change lasts so long that it is the new normal."""
        return self.open is not None and self.start_us[-1] - self.open.changed_us > self.tuning.hold_s * 1e6

    def since(self, changed_us: int) -> NDArray[np.int64]:
        """Return the remembered slots that begin at `changed_us` or later."""
        return np.flatnonzero(np.array(self.start_us) >= changed_us)

    def shift(self, place: int, changed_us: int) -> float:
        """Return the median z of a column since `changed_us`; NaN where fewer than two slots tell."""
        z = self.z[self.since(changed_us), place]
        z = z[np.isfinite(z)]
        return float(np.median(z)) if len(z) >= 2 else float("nan")

    def rows_of_type(self, sensor_type: str, changed_us: int) -> int:
        """Return the rows since a change of the sensors of a type, which tell as often as others of the asset."""
        rows: int = sum(self.rows[at] for at in self.since(changed_us).tolist())
        return rows * list(self.types.values()).count(sensor_type) // max(len(self.types), 1)

    # What may teach.

    def _note_anomalies(self, slot: ClosedSlot, suspect: bool) -> None:
        """Note whether an anomaly was open; one that is open too long, or released, counts no more until it is over."""
        if not suspect:
            self.suspect_since_us, self.released = 0, False
        else:
            self.suspect_since_us = self.suspect_since_us or slot.start_us
            self.released |= slot.end_us - self.suspect_since_us > self.tuning.hold_s * 1e6
        self.suspect = [*self.suspect, suspect and not self.released][-REMEMBERED:]

    def release(self) -> None:
        """End the quarantine of what is open now: what comes next may teach."""
        self.released = self.suspect_since_us > 0

    def _teach(self, now_us: int) -> None:
        """Teach the reference the slots whose look-back is over and in which nothing was suspect."""
        look_back_us = self.tuning.look_back_us
        suspect_us = [start_us for start_us, suspect in zip(self.start_us, self.suspect, strict=True) if suspect]
        if self.open is not None:
            suspect_us.append(self.open.changed_us)
        for at, start_us in enumerate(self.start_us):
            until_us = start_us + self.tuning.slot_us + look_back_us
            if self.taught[at] or until_us > now_us:
                continue
            if self.open is not None and start_us >= self.open.changed_us:
                break
            if not any(start_us <= bad_us < until_us for bad_us in suspect_us):
                self._learn(at)
            self.taught[at] = True

    def _learn(self, at: int) -> None:
        x = np.where(self.unhealthy[at], np.nan, self.x[at])
        self.reference.learn(x, self.spread[at], self.z[at], phase_of(self.start_us[at], self.tuning))
        self.windows.learn(self.windows.medians(self.z[: at + 1]))

    def close(self) -> None:
        """End the open change: it is back to its reference, and nothing of it teaches."""
        assert self.open is not None
        self._skip(self.open.changed_us)
        self.open = None

    def accept(self, changed_us: int) -> None:
        """Take what is since `changed_us` for the new normal."""
        slots = self.since(changed_us)
        phases = [phase_of(self.start_us[at], self.tuning) for at in slots.tolist()]
        self.reference.rebase(self.x[slots], phases)
        self._skip(changed_us)
        self.windows.forget()
        self.z[:] = np.nan
        self.open = None
        self.release()

    def _skip(self, since_us: int) -> None:
        for at in self.since(since_us).tolist():
            self.taught[at] = True
