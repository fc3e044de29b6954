"""Every sensor heard of: its newest reading, how often it comes, and its recent points."""

import numpy as np
from numpy.typing import NDArray

from schemas.reading_columns import ReadingColumns
from schemas.sensor_index import SensorIndex
from stream_app.web.rings import Rings

LONGEST = 20_000
BUDGET_POINTS = 6_000_000
# Weight of the newest batch in the distance between readings.
_FRESH = 0.3


class SensorBook:
    """Sensors by the rows of `index`; columns of numbers by row, set once a reading of the row came."""

    def __init__(self) -> None:
        self.index = SensorIndex()
        self.rings = Rings(1, LONGEST, BUDGET_POINTS)
        self.newest_us = np.zeros(0, np.int64)
        self.newest_value = np.zeros(0)
        self.period_us = np.zeros(0)
        # By the clock of this process: replayed data are old, but come now.
        self.heard_s = np.zeros(0)
        self.rows_by_asset: dict[str, list[int]] = {}

    def take(self, columns: ReadingColumns, now_s: float) -> None:
        """Take decoded readings; `now_s` is this process's monotonic clock."""
        if not len(columns):
            return
        self._ensure(len(self.index))
        row, ts_us, value = columns.row, columns.ts_us, columns.value
        self.rings.append(row, ts_us, value[:, None])
        order = np.argsort(row, kind="stable")
        grouped = row[order]
        first = np.flatnonzero(np.diff(grouped, prepend=-1))
        rows, counts = grouped[first], np.diff(first, append=len(grouped))
        newest_us = np.maximum.reduceat(ts_us[order], first)
        self._note_period(rows, counts, ts_us[order][first], newest_us)
        for new in rows[self.heard_s[rows] == 0].tolist():
            self.rows_by_asset.setdefault(self.index.asset_id[new], []).append(new)
        last = order[first + counts - 1]
        self.newest_value[rows] = value[last]
        self.newest_us[rows] = np.maximum(self.newest_us[rows], newest_us)
        self.heard_s[rows] = now_s

    def _note_period(
        self, rows: NDArray[np.int32], counts: NDArray[np.int64], oldest: NDArray[np.int64], newest: NDArray[np.int64]
    ) -> None:
        before = self.newest_us[rows]
        known = before > 0
        steps = np.where(known, counts, counts - 1)
        period = np.where(known, newest - before, newest - oldest) / np.maximum(steps, 1)
        tells = (steps > 0) & (period > 0)
        rows, period = rows[tells], period[tells]
        old = self.period_us[rows]
        self.period_us[rows] = np.where(old > 0, old + _FRESH * (period - old), period)

    def _ensure(self, rows: int) -> None:
        held = len(self.newest_us)
        if rows <= held:
            return
        more = max(256, rows)
        self.newest_us = np.concatenate((self.newest_us, np.zeros(more, np.int64)))
        self.newest_value = np.concatenate((self.newest_value, np.full(more, np.nan)))
        self.period_us = np.concatenate((self.period_us, np.zeros(more)))
        self.heard_s = np.concatenate((self.heard_s, np.zeros(more)))

    def __len__(self) -> int:
        return sum(map(len, self.rows_by_asset.values()))

    def find(self, sensor_id: str) -> int | None:
        """Return the row of a sensor, or None where no reading of it came."""
        row = self.index.find(sensor_id)
        # Others than readings give rows to names, too.
        return row if row is not None and row < len(self.heard_s) and self.heard_s[row] > 0 else None

    def late_after_s(self, row: int) -> float:
        """Return after how many seconds without a reading a sensor counts as silent."""
        return max(10.0, 20.0 * float(self.period_us[row]) / 1e6)
