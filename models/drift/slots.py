"""Feature rows of one asset added up over slots of time: mean and spread of each watched feature of a sensor, and how
the sensors go together. Slots make drift cheap to judge, and rows independent enough.

Source: Chan, Golub and LeVeque (1979), Updating formulae and a pairwise algorithm for computing sample variances.
"""

from math import atanh, sqrt

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.windows.state import ANOMALY_OPEN, UNHEALTHY
from schemas.drift_slot import ClosedSlot, SensorSlot

MOST_RELATED = 8
"""Sensors of an asset whose relations are followed: the first ones heard."""

LEAST_PAIRS = 8
_LARGEST_R = 0.9999
# Two rows belong together where they end within this share of a window.
_TOGETHER_SHARE = 0.125


class SensorSum(msgspec.Struct, array_like=True):
    """What a sensor's rows of a slot add up to; the bytes are float64 (features,) each."""

    sensor_type: str | None
    rows: int = 0
    open_rows: int = 0
    unhealthy_rows: int = 0
    count: bytes = b""
    mean: bytes = b""
    squares: bytes = b""
    last_us: int = 0
    last_value: float = 0.0
    first_value: float | None = None


class PairSum(msgspec.Struct, array_like=True):
    """Means and sums of products of pairs of values."""

    n: int = 0
    mean_a: float = 0.0
    mean_b: float = 0.0
    aa: float = 0.0
    bb: float = 0.0
    ab: float = 0.0

    def add(self, a: float, b: float) -> None:
        """Take in one pair."""
        self.n += 1
        off_a, off_b = a - self.mean_a, b - self.mean_b
        self.mean_a += off_a / self.n
        self.mean_b += off_b / self.n
        self.aa += off_a * (a - self.mean_a)
        self.bb += off_b * (b - self.mean_b)
        self.ab += off_a * (b - self.mean_b)

    @property
    def fisher(self) -> float | None:
        """Fisher's transform of the correlation, None where it is not known."""
        if self.n < LEAST_PAIRS or self.aa <= 0.0 or self.bb <= 0.0:
            return None
        r = self.ab / sqrt(self.aa * self.bb)
        return atanh(min(max(r, -_LARGEST_R), _LARGEST_R))


class AssetSlots(msgspec.Struct):
    """The slot that an asset is in; rows of slots already closed are not taken."""

    columns: tuple[str, ...]
    slot: int | None = None
    sensors: dict[str, SensorSum] = msgspec.field(default_factory=dict)
    pairs: dict[str, PairSum] = msgspec.field(default_factory=dict)

    def close_before(self, slot: int, slot_us: int) -> ClosedSlot | None:
        """Begin `slot` where it is a later one; return the slot that ends by that, if it had rows."""
        if self.slot is not None and slot <= self.slot:
            return None
        closed = self._closed(slot_us) if self.slot is not None else None
        self.slot = slot
        for each in self.sensors.values():
            each.rows = each.open_rows = each.unhealthy_rows = 0
            each.count = each.mean = each.squares = b""
        self.pairs = {}
        return closed

    def add(
        self,
        sensor_id: str,
        sensor_type: str | None,
        row: NDArray[np.float64],
        value: float,
        ts_us: int,
        window_us: int,
        flags: int,
    ) -> None:
        """Take a feature row (features,) of the present slot; NaN features are left out, `value` may be NaN."""
        found = self.sensors.get(sensor_id)
        if found is None:
            found = self.sensors[sensor_id] = SensorSum(sensor_type)
        found.sensor_type = sensor_type
        count, mean, squares = (
            np.frombuffer(part).copy() if part else np.zeros(len(row))
            for part in (found.count, found.mean, found.squares)
        )
        known = np.isfinite(row)
        off = np.where(known, row - mean, 0.0)
        count += known
        mean += off / np.maximum(count, 1.0)
        squares += off * np.where(known, row - mean, 0.0)
        found.count, found.mean, found.squares = count.tobytes(), mean.tobytes(), squares.tobytes()
        found.rows += 1
        found.open_rows += bool(flags & ANOMALY_OPEN)
        found.unhealthy_rows += bool(flags & UNHEALTHY)
        if np.isfinite(value):
            self._pair(sensor_id, found, value, ts_us, window_us)

    def _pair(self, sensor_id: str, found: SensorSum, value: float, ts_us: int, window_us: int) -> None:
        if found.first_value is None:
            found.first_value = value
        found.last_us, found.last_value = ts_us, value
        related = list(self.sensors)[:MOST_RELATED]
        if sensor_id not in related:
            return
        mine = related.index(sensor_id)
        for other, name in enumerate(related):
            theirs = self.sensors[name]
            if other == mine or theirs.first_value is None or abs(ts_us - theirs.last_us) > _TOGETHER_SHARE * window_us:
                continue
            a, b = (found, theirs) if mine < other else (theirs, found)
            assert a.first_value is not None
            assert b.first_value is not None
            key = f"{min(mine, other)}:{max(mine, other)}"
            self.pairs.setdefault(key, PairSum()).add(a.last_value - a.first_value, b.last_value - b.first_value)

    def _closed(self, slot_us: int) -> ClosedSlot | None:
        assert self.slot is not None
        names = [name for name, each in self.sensors.items() if each.rows]
        if not names:
            return None
        place = {name: at for at, name in enumerate(names)}
        related = list(self.sensors)[:MOST_RELATED]
        relations = []
        for key, pair in self.pairs.items():
            a, b = (related[int(part)] for part in key.split(":"))
            if a in place and b in place and (fisher := pair.fisher) is not None:
                relations.append((place[a], place[b], fisher))
        start_us = self.slot * slot_us
        means = [self._means(name) for name in names]
        return ClosedSlot(start_us, start_us + slot_us, self.columns, means, sorted(relations))

    def _means(self, name: str) -> SensorSlot:
        found = self.sensors[name]
        count, mean, squares = (np.frombuffer(part) for part in (found.count, found.mean, found.squares))
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = np.sqrt(np.where(count > 1, squares / (count - 1), np.nan))
        return SensorSlot(
            name,
            found.sensor_type,
            found.rows,
            found.open_rows,
            found.unhealthy_rows,
            np.where(count > 0, mean, np.nan).astype("<f4").tobytes(),
            spread.astype("<f4").tobytes(),
        )


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(AssetSlots)


def pack(slots: AssetSlots) -> bytes:
    """Return the record of an asset's present slot."""
    return _ENCODER.encode(slots)


def unpack(packed: bytes) -> AssetSlots:
    """Return what was packed."""
    return _DECODER.decode(packed)
