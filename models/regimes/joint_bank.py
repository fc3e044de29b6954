"""The assets of one partition whose operating modes are found from their sensors."""

import numpy as np
from numpy.typing import NDArray

from models.regimes import joint
from models.regimes.finding import BLOCK
from models.regimes.joint_state import HEAD, HEAD_BYTES, SENSORS, SLOT, SLOT_BYTES, STATE_VERSION, STATES
from models.regimes.tuning import RegimeTuning
from models.sensor_keys import SensorKeys
from schemas.errors import BadDataError

_FIRST_CAPACITY = 64
_CLOSED = bytes([STATE_VERSION])


class JointModeBank:
    """State of `len(bank)` assets, one row each; those with one sensor, or without modes, hold none."""

    def __init__(self, tuning: RegimeTuning, keys: SensorKeys) -> None:
        self.tuning = tuning
        self._keys = keys
        self._rows = 0
        self._key_of_first = np.zeros(0, np.int64)
        self._body_of = np.zeros(0, np.int64)
        self._touched = np.zeros(0, np.uint8)
        self._head = np.zeros(0, HEAD)
        self._slots = np.zeros((0, SENSORS), SLOT)
        self._free = np.zeros(0, np.int64)
        self._counts = np.zeros(1, np.int64)
        self._slot = np.zeros(0, np.int8)

    def __len__(self) -> int:
        return self._rows

    def ensure(self, rows: int) -> None:
        """Have state for at least so many assets."""
        if rows > len(self._touched):
            more = max(rows, 2 * len(self._touched), _FIRST_CAPACITY) - len(self._touched)
            self._key_of_first = np.concatenate([self._key_of_first, np.zeros(more, np.int64)])
            self._body_of = np.concatenate([self._body_of, np.full(more, joint.ALONE, np.int64)])
            self._touched = np.concatenate([self._touched, np.zeros(more, np.uint8)])
        self._rows = max(self._rows, rows)

    def begin(self, row: int, key_of_first: int) -> None:
        """Say which sensor of an asset was its first one, ever: from the second one on there may be modes."""
        self._key_of_first[row] = key_of_first

    def advance(
        self,
        asset_row: NDArray[np.int32],
        sensor_row: NDArray[np.int32],
        kind: NDArray[np.uint8],
        value: NDArray[np.float64],
        offset: NDArray[np.int64],
        index: NDArray[np.int64],
        regime: NDArray[np.int8],
    ) -> None:
        """Write into `regime` (n,) what holds after each reading of an asset whose modes were found: a mode or WAIT.

        The rest is left alone. Readings in order of arrival, as for `RegimeBank.advance`.
        """
        if len(self._slot) < len(self._keys.of_row):
            self._slot = np.concatenate([self._slot, np.zeros(len(self._keys.of_row) - len(self._slot), np.int8)])
        columns = (
            np.ascontiguousarray(asset_row, np.int32),
            np.ascontiguousarray(sensor_row, np.int32),
            np.ascontiguousarray(kind, np.uint8),
            np.ascontiguousarray(value, np.float64),
            np.ascontiguousarray(offset, np.int64),
            np.ascontiguousarray(index, np.int64),
        )
        at = 0
        while True:
            at = joint.advance(
                self._state(), *columns, self.tuning.find_readings // BLOCK, self.tuning.min_stay, at, regime
            )
            if at == len(asset_row):
                return
            self._grow()

    def dirty(self) -> NDArray[np.int64]:
        """Return the rows of assets whose state changed since `clear_dirty`, ascending."""
        return np.flatnonzero(self._touched[: self._rows])

    def clear_dirty(self) -> None:
        """Note that all dirty rows are stored."""
        self._touched[:] = 0

    def pack(self, row: int) -> bytes:
        """Return the record of an asset that is dirty: one byte where the search has ended without modes (≤ 4 KB)."""
        body = int(self._body_of[row])
        if body < 0:
            return _CLOSED
        sensors = int(self._head["sensors"][body])
        packed: bytes = self._head[body].tobytes() + self._slots[body, :sensors].tobytes()
        return packed

    def restore(self, row: int, record: bytes | None) -> None:
        """Put back the record of an asset; None: never stored.

        Raises BadDataError on a record of another version or form.
        """
        self.ensure(row + 1)
        body = int(self._body_of[row])
        if body >= 0:
            self._free[self._counts[0]] = body
            self._counts[0] += 1
        self._touched[row] = 0
        self._body_of[row] = joint.ALONE if record is None else joint.CLOSED
        if record is None or record == _CLOSED:
            return
        head, slots = _unpack(record)
        if self._counts[0] == 0:
            self._grow()
        self._counts[0] -= 1
        body = int(self._free[self._counts[0]])
        self._body_of[row] = body
        self._head[body : body + 1] = head
        self._slots[body].view(np.uint8)[:] = 0
        self._slots[body, : len(slots)] = slots

    @property
    def state_bytes(self) -> int:
        """Bytes of state in use."""
        used = self._body_of[: self._rows]
        bodies = used[used >= 0]
        return self._rows * 17 + len(bodies) * HEAD_BYTES + int(self._head["sensors"][bodies].sum()) * SLOT_BYTES

    def _grow(self) -> None:
        # Fresh zero pages take no memory until they are written.
        used = len(self._head)
        capacity = max(2 * used, _FIRST_CAPACITY)
        head, slots = np.zeros(capacity, HEAD), np.zeros((capacity, SENSORS), SLOT)
        head[:used], slots[:used] = self._head, self._slots
        free = np.zeros(capacity, np.int64)
        free[: self._counts[0]] = self._free[: self._counts[0]]
        # The lowest is taken first.
        fresh = np.arange(capacity - 1, used - 1, -1)
        free[self._counts[0] : self._counts[0] + len(fresh)] = fresh
        self._counts[0] += len(fresh)
        self._head, self._slots, self._free = head, slots, free

    def _state(self) -> joint.Joints:
        return joint.Joints(
            self._key_of_first,
            self._body_of,
            self._touched,
            self._head,
            self._slots,
            self._head.view(np.uint8).reshape(-1, HEAD_BYTES),
            self._slots.view(np.uint8).reshape(-1, SENSORS * SLOT_BYTES),
            self._free,
            self._counts,
            self._keys.of_row,
            self._slot,
        )


def _unpack(record: bytes) -> tuple[NDArray[np.void], NDArray[np.void]]:
    count, rest = divmod(len(record) - HEAD_BYTES, SLOT_BYTES)
    head = np.frombuffer(record[:HEAD_BYTES], HEAD) if rest == 0 and 0 < count <= SENSORS else np.zeros(1, HEAD)
    if head["version"][0] != STATE_VERSION or head["sensors"][0] != count or head["states"][0] > STATES:
        raise BadDataError(
            f"Stored modes of an asset have {len(record)} bytes of another form or version than {STATE_VERSION}; "
            "use the release that wrote it, or delete the state table to learn anew."
        )
    return head, np.frombuffer(record, SLOT, count, HEAD_BYTES)
