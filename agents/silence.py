"""Sensors of one partition that fall silent: also those not heard since it was opened. Pure, no Kafka.

What a sensor says of itself is stored: its silence is told without a reading of it at hand.
"""

from collections.abc import Iterable, Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from agents.health_events import health_output
from agents.outputs import Output, SavedState, nth_of_each
from agents.state_keys import clock_key, hot_key, meta_key, sensor_of
from models.checkpoint import stored_alarms
from schemas.reading_columns import ReadingColumns
from schemas.sensor_index import SensorIndex, SensorMeta

# Events of one reading are numbered: those of its own sensor come first.
_NTH_FROM = 100
_UNKNOWN = -1
_READ_AT_ONCE = 4096


class ReadingSilence:
    """When the stored sensors are silent, and what each sensor last said of itself.

    `clock` is the record of the partition's clock as last stored, or None.
    """

    def __init__(self, topic: str, partition: int, index: SensorIndex, saved: SavedState) -> None:
        self._topic, self._partition, self._index, self._saved = topic, partition, index, saved
        self.clock = saved.read(clock_key(partition))
        # Stored sensors in the order in which they are silent; the first `_woken` of them have been looked after.
        self._asleep, self._alarm_us = self._stored()
        self._woken = 0
        # By row: what it said last, in `index.metas`.
        self._meta = np.full(0, _UNKNOWN, np.int32)
        self._said: set[int] = set()

    def _stored(self) -> tuple[list[str], NDArray[np.int64]]:
        names = sorted(name for key in self._saved if (name := sensor_of(key)) is not None)
        alarms = [np.zeros(0, np.int64)]
        for start in range(0, len(names), _READ_AT_ONCE):
            some = names[start : start + _READ_AT_ONCE]
            alarms.append(stored_alarms([self._saved.read(hot_key(name)) or b"" for name in some]))
        alarm_us = np.concatenate(alarms)
        order = np.argsort(alarm_us, kind="stable")
        return [names[at] for at in order.tolist()], alarm_us[order]

    def wake(self, columns: ReadingColumns, now_us: int) -> None:
        """Put into the index those that may be silent within `columns`, so that they are restored.

        `now_us` is the clock before them.
        """
        if self._woken == len(self._asleep):
            return
        latest_us = max(now_us, int(columns.ts_us.max(initial=0)))
        due = int(np.searchsorted(self._alarm_us, latest_us, side="right"))
        for name in self._asleep[self._woken : due]:
            self._put_into_index(name)
        self._woken = max(self._woken, due)

    def introduce(self, names: Iterable[str]) -> None:
        """Put those of the sensors `names` that are stored into the index, so that they are restored."""
        for name in names:
            if self._saved.read(meta_key(name)) is not None:
                self._put_into_index(name)

    def _put_into_index(self, name: str) -> None:
        if self._index.find(name) is None:
            meta = self._stored_meta(name)
            self._index.meta_of(self._index.row_of(name), meta.asset_id, meta.sensor_type, meta.unit)

    def _stored_meta(self, name: str) -> SensorMeta:
        return msgspec.json.decode(self._saved.read(meta_key(name)) or b"", type=SensorMeta)

    def tell(self, changes: NDArray[np.void], columns: ReadingColumns) -> Iterator[Output]:
        """Yield the events of HEALTH_CHANGE records of silent sensors; those of one reading in order of their names."""
        names = self._index.names
        order = sorted(changes, key=lambda change: (int(change["position"]), names[int(change["row"])]))
        for change, nth in zip(order, nth_of_each(int(change["position"]) for change in order), strict=True):
            at, row = int(change["position"]), int(change["row"])
            yield health_output(
                change,
                topic=self._topic,
                partition=self._partition,
                sensor_id=names[row],
                meta=self._said_before(at, row, columns),
                position=(int(columns.offset[at]), int(columns.index[at]), _NTH_FROM + nth),
            )

    def _said_before(self, at: int, row: int, columns: ReadingColumns) -> SensorMeta:
        """Return what a sensor last said of itself before position `at`."""
        earlier = np.flatnonzero(columns.row[:at] == row)
        if len(earlier):
            return self._index.metas[int(columns.meta[earlier[-1]])]
        known = int(self._meta[row]) if row < len(self._meta) else _UNKNOWN
        return self._stored_meta(self._index.names[row]) if known == _UNKNOWN else self._index.metas[known]

    def listen(self, columns: ReadingColumns) -> None:
        """Note what sensors say of themselves; to be called after `tell`."""
        new = len(self._index) - len(self._meta)
        if new > 0:
            self._meta = np.concatenate([self._meta, np.full(max(new, len(self._meta)), _UNKNOWN, np.int32)])
        other = self._meta[columns.row] != columns.meta
        if other.any():
            self._said.update(columns.row[other].tolist())
            self._meta[columns.row] = columns.meta

    def changes(self, clock: bytes) -> list[tuple[bytes, bytes]]:
        """Return the records that changed since the last call; `clock` is the present one."""
        said = sorted(self._said)
        self._said.clear()
        changed = [
            (meta_key(self._index.names[row]), msgspec.json.encode(self._index.metas[int(self._meta[row])]))
            for row in said
        ]
        changed = [(key, packed) for key, packed in changed if packed != self._saved.read(key)]
        if clock != self.clock:
            self.clock = clock
            changed.append((clock_key(self._partition), clock))
        return changed
