"""Names of one partition's sensors as dense row numbers, shared with the decoding kernel."""

import msgspec
import numpy as np

from schemas.message_fields import default_asset_id
from schemas.sensor_table import SensorTable

_FIRST_ROWS = 256


# A worker holds one for each sensor, and none is part of a cycle: the collector is not to go through them.
class SensorMeta(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a reading says about its sensor."""

    asset_id: str
    sensor_type: str | None
    unit: str | None


class SensorIndex:
    """Rows 0..n-1 by sensor name; rows are never removed.

    Lists by row: `names`, and `asset_id`, `sensor_type`, `unit` as last heard. `metas` holds every combination ever
    heard: `ReadingColumns.meta` points into it, exact for each reading however the batches were cut.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.asset_id: list[str] = []
        self.sensor_type: list[str | None] = []
        self.unit: list[str | None] = []
        self.metas: list[SensorMeta] = []
        # By row: a reading whose meta has this hash is of `metas[row_meta]`; 0 before the first one.
        self.meta_hash = np.zeros(_FIRST_ROWS, np.uint64)
        self.row_meta = np.full(_FIRST_ROWS, -1, np.int32)
        self._rows_by_name: dict[str, int] = {}
        self._rows_by_spelling: dict[bytes, int] = {}
        self._meta_ids: dict[SensorMeta, int] = {}
        self._table = SensorTable()
        self._new_spellings: list[bytes] = []
        self._new_rows: list[int] = []

    def __len__(self) -> int:
        return len(self.names)

    def row_of(self, name: str) -> int:
        """Return the row of a sensor, giving it the next one where it is new."""
        row = self._rows_by_name.get(name)
        if row is None:
            row = self._add_row(name)
            self._add_spelling(msgspec.json.encode(name)[1:-1], row)
        return row

    def find(self, name: str) -> int | None:
        """Return the row of a sensor, or None where it was never heard."""
        return self._rows_by_name.get(name)

    def meta_of(self, row: int, asset_id: str | None, sensor_type: str | None, unit: str | None) -> int:
        """Return the number of a combination in `metas` and remember it as the row's latest."""
        meta = SensorMeta(asset_id or default_asset_id(self.names[row]), sensor_type, unit)
        meta_id = self._meta_ids.get(meta)
        if meta_id is None:
            meta_id = self._meta_ids[meta] = len(self.metas)
            self.metas.append(meta)
        self.asset_id[row], self.sensor_type[row], self.unit[row] = meta.asset_id, meta.sensor_type, meta.unit
        return meta_id

    def resolve(self, texts: tuple[bytes | None, ...], meta_hash: int) -> tuple[int, int]:
        """Return (row, number in `metas`) for sensor, asset, type and unit as spelled between the quotes of valid JSON.

        From then on the kernel answers itself for readings of that sensor with that `meta_hash`.
        """
        sensor_id, asset_id, sensor_type, unit = texts
        row = self._row_of_spelling(sensor_id or b"")
        meta_id = self.meta_of(row, _spelled(asset_id), _spelled(sensor_type), _spelled(unit))
        self.meta_hash[row] = meta_hash
        self.row_meta[row] = meta_id
        return row, meta_id

    def table(self) -> SensorTable:
        """Return the table with every name heard so far, for the kernel to read."""
        if self._new_rows:
            self._table.extend(self._new_spellings, self._new_rows)
            self._new_spellings.clear()
            self._new_rows.clear()
        return self._table

    def _row_of_spelling(self, spelling: bytes) -> int:
        row = self._rows_by_spelling.get(spelling)
        if row is None:
            row = self.row_of(_spelled(spelling) or "")
            if spelling not in self._rows_by_spelling:
                self._add_spelling(spelling, row)
        return row

    def _add_row(self, name: str) -> int:
        row = self._rows_by_name[name] = len(self.names)
        self.names.append(name)
        self.asset_id.append(default_asset_id(name))
        self.sensor_type.append(None)
        self.unit.append(None)
        if row == len(self.meta_hash):
            self.meta_hash = np.concatenate((self.meta_hash, np.zeros_like(self.meta_hash)))
            self.row_meta = np.concatenate((self.row_meta, np.full_like(self.row_meta, -1)))
        return row

    def _add_spelling(self, spelling: bytes, row: int) -> None:
        self._rows_by_spelling[spelling] = row
        self._new_spellings.append(spelling)
        self._new_rows.append(row)


def _spelled(text: bytes | None) -> str | None:
    """Return what stands between the quotes of a JSON string."""
    if text is None:
        return None
    return msgspec.json.decode(b'"' + text + b'"', type=str) if b"\\" in text else text.decode("utf-8")
