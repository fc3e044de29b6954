"""The operating modes of the assets of one partition."""

import numpy as np
from numpy.typing import NDArray

from models.regimes import mode
from models.regimes.state import MODE, MODE_BYTES, REGIMES, STATE_VERSION
from models.regimes.tuning import RegimeTuning
from models.sensor_keys import SensorKeys
from schemas.errors import BadDataError

_VERSION_AT = int(MODE.fields["version"][1]) if MODE.fields else 0
_REGIMES_AT = int(MODE.fields["regimes"][1]) if MODE.fields else 0


class RegimeBank:
    """Modes of `len(bank)` assets, one row each; those without a mode sensor hold no state."""

    def __init__(self, tuning: RegimeTuning, keys: SensorKeys) -> None:
        self.tuning = tuning
        self._keys = keys
        self._rows = 0
        self._modes = np.zeros(0, MODE)
        self._touched = np.zeros(0, np.uint8)

    def __len__(self) -> int:
        return self._rows

    def ensure(self, rows: int) -> None:
        """Have state for at least so many assets."""
        if rows > len(self._modes):
            more = max(rows, 2 * len(self._modes), 64) - len(self._modes)
            self._modes = np.concatenate([self._modes, np.zeros(more, MODE)])
            self._touched = np.concatenate([self._touched, np.zeros(more, np.uint8)])
        self._rows = max(self._rows, rows)

    def advance(
        self,
        asset_row: NDArray[np.int32],
        sensor_row: NDArray[np.int32],
        kind: NDArray[np.uint8],
        value: NDArray[np.float64],
        offset: NDArray[np.int64],
        index: NDArray[np.int64],
    ) -> NDArray[np.int8]:
        """Return the regime (n,) of each reading's asset, NONE or TRANSIT; readings in order of arrival.

        `kind` (n,) is what `RegimeTuning.kind_of` gives for the sensor's type; the sensor rows must have keys.
        """
        n = len(asset_row)
        regime = np.empty(n, np.int8)
        if n:
            self.ensure(int(asset_row.max()) + 1)
        mode.advance(
            self._modes,
            self._touched,
            self._keys.of_row,
            np.ascontiguousarray(asset_row, np.int32),
            np.ascontiguousarray(sensor_row, np.int32),
            np.ascontiguousarray(kind, np.uint8),
            np.ascontiguousarray(value, np.float64),
            np.ascontiguousarray(offset, np.int64),
            np.ascontiguousarray(index, np.int64),
            self.tuning.min_stay,
            regime,
        )
        return regime

    def dirty(self) -> NDArray[np.int64]:
        """Return the rows of assets whose mode state changed since `clear_dirty`, ascending."""
        return np.flatnonzero(self._touched[: self._rows])

    def clear_dirty(self) -> None:
        """Note that all dirty rows are stored."""
        self._touched[:] = 0

    def pack(self, row: int) -> bytes:
        """Return the record of an asset (MODE_BYTES)."""
        return bytes(self._modes[row].tobytes())

    def restore(self, row: int, record: bytes | None) -> None:
        """Put back the record of an asset; None: never seen.

        Raises BadDataError on a record of another version or form.
        """
        self.ensure(row + 1)
        if record is None:
            record = bytes(MODE_BYTES)
        elif len(record) != MODE_BYTES or record[_VERSION_AT] != STATE_VERSION or record[_REGIMES_AT] > REGIMES:
            raise BadDataError(
                f"Stored mode state has {len(record)} bytes of another form or version than {STATE_VERSION}; "
                "use the release that wrote it, or delete the state table to learn anew."
            )
        self._modes.view(np.uint8).reshape(-1, MODE_BYTES)[row] = np.frombuffer(record, np.uint8)
        self._touched[row] = 0

    @property
    def state_bytes(self) -> int:
        """Bytes of state in use."""
        return int((self._modes["version"][: self._rows] > 0).sum()) * MODE_BYTES
