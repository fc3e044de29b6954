"""The assets of one partition: what their sensors have in common, in arrays, and the one way to move it forward."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.assets import relations
from models.assets.decision import LONGEST_STRETCHES
from models.assets.record import pack, unpack
from models.assets.state import HEAD, HEAD_BYTES, SENSORS, SLOT, SLOT_BYTES
from models.assets.transition import RELATION
from models.assets.tuning import AssetTuning
from models.sensor_keys import SensorKeys

_FIRST_CAPACITY = 64
_MOST_TRANSITIONS = 256


@dataclass(frozen=True, slots=True)
class AssetOutcome:
    """What a batch brought: `transitions` (RELATION) in order of their cause; `skipped` had been taken in before."""

    transitions: NDArray[np.void]
    skipped: int


class AssetBank:
    """State of `len(bank)` assets, one row each; an asset with one sensor holds the sensor's key and no more."""

    def __init__(self, tuning: AssetTuning, keys: SensorKeys) -> None:
        self.tuning = tuning
        self._constants = tuning.record()
        self._rows = 0
        self._key_of_first = np.zeros(0, np.int64)
        self._body_of = np.zeros(0, np.int64)
        self._touched = np.zeros(0, np.uint8)
        self._head = np.zeros(_FIRST_CAPACITY, HEAD)
        self._slots = np.zeros((_FIRST_CAPACITY, SENSORS), SLOT)
        self._used = np.zeros(1, np.int64)
        self._keys = keys
        self._slot = np.zeros(0, np.int8)
        self._transitions = np.zeros(_MOST_TRANSITIONS, RELATION)
        self._standard, self._residual = np.zeros(SENSORS), np.zeros(SENSORS)
        self._matrix, self._place = np.zeros((SENSORS, SENSORS)), np.zeros(SENSORS, np.int64)

    def __len__(self) -> int:
        return self._rows

    def ensure(self, rows: int) -> None:
        """Have state for at least so many assets."""
        if rows > len(self._touched):
            more = max(rows, 2 * len(self._touched), _FIRST_CAPACITY) - len(self._touched)
            self._key_of_first = np.concatenate([self._key_of_first, np.zeros(more, np.int64)])
            self._body_of = np.concatenate([self._body_of, np.full(more, -1, np.int64)])
            self._touched = np.concatenate([self._touched, np.zeros(more, np.uint8)])
        self._rows = max(self._rows, rows)

    def advance(
        self,
        asset_row: NDArray[np.int32],
        sensor_row: NDArray[np.int32],
        ts_us: NDArray[np.int64],
        value: NDArray[np.float64],
        offset: NDArray[np.int64],
        index: NDArray[np.int64],
        health: NDArray[np.uint8],
    ) -> AssetOutcome:
        """Take in readings in order of arrival; columns of length n; value NaN: none.

        `health` (n,) is SOUND, SUSPECT, FAULTY or ANEW.

        The sensor rows must have keys. Asset rows beyond `len(self)` get fresh state. A reading not newer than the
        last of its sensor is passed over. Readings that one arrival released may share its `offset` and `index`; they
        must then come one after the other and in one call.
        """
        columns = relations.AssetColumns(
            np.ascontiguousarray(asset_row, np.int32),
            np.ascontiguousarray(sensor_row, np.int32),
            np.ascontiguousarray(ts_us, np.int64),
            np.ascontiguousarray(value, np.float64),
            np.ascontiguousarray(offset, np.int64),
            np.ascontiguousarray(index, np.int64),
            np.ascontiguousarray(health, np.uint8),
        )
        n = len(columns.asset_row)
        if n:
            self.ensure(int(columns.asset_row.max()) + 1)
        if len(self._slot) < len(self._keys.of_row):
            self._slot = np.concatenate([self._slot, np.zeros(len(self._keys.of_row) - len(self._slot), np.int8)])
        counts = np.zeros(3, np.int64)
        parts: list[NDArray[np.void]] = []
        at = 0
        while True:
            at = relations.advance(self._state(), columns, at, self._transitions, counts)
            if counts[0]:
                parts.append(self._transitions[: counts[0]].copy())
                counts[0] = 0
            if at == n:
                break
            if self._used[0] == len(self._head):
                self._grow()
        transitions = np.concatenate(parts) if parts else np.zeros(0, RELATION)
        self._name_rows(transitions)
        return AssetOutcome(transitions, int(counts[1]))

    def release(self, rows: NDArray[np.int64], from_us: int) -> None:
        """Have the anomaly of each asset in `rows` that began at `from_us` or later end with its next tick.

        What its sensors show is the normal state by then, as after an anomaly of the greatest age.
        """
        for row in rows[self._body_of[rows] >= 0].tolist():
            head = self._head[self._body_of[row]]
            if head["open"] == 1 and head["start_ts_us"] >= from_us:
                head["open_ticks"] = round(LONGEST_STRETCHES * self.tuning.learn_ticks)
                self._touched[row] = 1

    def dirty(self) -> NDArray[np.int64]:
        """Return the rows of assets whose state changed since `clear_dirty`, ascending."""
        return np.flatnonzero(self._touched[: self._rows])

    def clear_dirty(self) -> None:
        """Note that all dirty rows are stored."""
        self._touched[:] = 0

    def pack(self, row: int) -> bytes:
        """Return the record of an asset: 8 bytes with one sensor, else the head and the slots in use (≤ 8 KB)."""
        body = int(self._body_of[row])
        if body < 0:
            return int(self._key_of_first[row]).to_bytes(8, "little", signed=True)
        return pack(self._head[body], self._slots[body])

    def restore(self, row: int, record: bytes | None) -> None:
        """Put back the record of an asset; None: never seen.

        What was learned with another `learn_ticks` is learned anew; an open anomaly stays open.
        Raises BadDataError on a record of another version or form.
        """
        self.ensure(row + 1)
        self._touched[row] = 0
        self._key_of_first[row] = 0
        if record is None or len(record) == 8:
            self._key_of_first[row] = 0 if record is None else int.from_bytes(record, "little", signed=True)
            if self._body_of[row] >= 0:
                self._drop_body(row)
            return
        head, slots = unpack(record, self.tuning.learn_ticks)
        if self._body_of[row] < 0:
            if self._used[0] == len(self._head):
                self._grow()
            self._body_of[row] = self._used[0]
            self._used[0] += 1
        body = int(self._body_of[row])
        self._key_of_first[row] = slots["key"][0]
        self._head[body] = head
        self._slots[body] = slots

    @property
    def state_bytes(self) -> int:
        """Bytes of state in use."""
        bodies = int(self._used[0])
        return self._rows * 17 + bodies * HEAD_BYTES + int(self._head["sensors"][:bodies].sum()) * SLOT_BYTES

    def _drop_body(self, row: int) -> None:
        """Give up the state of an asset; the last one moves into its place."""
        body, last = int(self._body_of[row]), int(self._used[0]) - 1
        self._body_of[self._body_of == last] = body
        self._head[body], self._slots[body] = self._head[last], self._slots[last]
        self._head[last : last + 1].view(np.uint8)[:] = 0
        self._slots[last].view(np.uint8)[:] = 0
        self._body_of[row] = -1
        self._used[0] = last

    def _grow(self) -> None:
        # Fresh zero pages take no memory until they are written.
        capacity, used = 2 * len(self._head), len(self._head)
        head, slots = np.zeros(capacity, HEAD), np.zeros((capacity, SENSORS), SLOT)
        head[:used], slots[:used] = self._head, self._slots
        self._head, self._slots = head, slots

    def _name_rows(self, transitions: NDArray[np.void]) -> None:
        for transition in transitions:
            transition["sensor_row"] = [self._keys.row(key) for key in transition["sensor_key"].tolist()]

    def _state(self) -> relations.Assets:
        return relations.Assets(
            self._key_of_first,
            self._body_of,
            self._touched,
            self._head,
            self._slots,
            self._used,
            self._keys.of_row,
            self._slot,
            self._constants,
            self._standard,
            self._residual,
            self._matrix,
            self._place,
        )
