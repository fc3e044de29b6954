"""The band of the expected of each sensor: from feature blocks, or else as the workers' views tell it."""

import numpy as np
from numpy.typing import NDArray

from schemas.errors import BadDataError
from schemas.feature_block import LEARNING, decode_feature_block
from schemas.sensor_index import SensorIndex
from stream_app.web.rings import Points, Rings

COLUMNS = ("expected", "low", "high")
_LONGEST = 2_000
_BUDGET = 1_000_000


class Bands:
    """Rings of (expected, low, high) by the rows of a SensorIndex; `learning` says which sensors still learn."""

    def __init__(self, index: SensorIndex) -> None:
        self._index = index
        self._rings = Rings(len(COLUMNS), _LONGEST, _BUDGET)
        self.learning: set[str] = set()
        self.published: set[str] = set()

    def take(self, message: bytes) -> bool:
        """Take a block of the features topic; what is none, or has no band, changes nothing."""
        try:
            block = decode_feature_block(message)
        except BadDataError:
            return False
        if block.lane != "readings" or not set(COLUMNS) <= set(block.columns) or not block.sensor_ids:
            return False
        chosen = [block.columns.index(name) for name in COLUMNS]
        rows = np.array([self._index.row_of(name) for name in block.sensor_ids], np.int32)
        self._rings.append(rows, block.ts_us, block.values[:, chosen].astype(np.float64))
        for name, flags in zip(block.sensor_ids, block.flags.tolist(), strict=True):
            (self.learning.add if flags & LEARNING else self.learning.discard)(name)
        self.published.update(block.sensor_ids)
        return True

    def add(self, row: int, ts_us: int, band: tuple[float, float, float]) -> None:
        """Take one band of a sensor, as a worker told it."""
        newest = self._rings.read(row, 1)
        if not len(newest.ts_us) or newest.ts_us[-1] < ts_us:
            values: NDArray[np.float64] = np.array([band])
            self._rings.append(np.array([row], np.int32), np.array([ts_us], np.int64), values)

    def read(self, row: int) -> Points:
        """Return the band of a row in order of time; columns as COLUMNS."""
        return self._rings.read(row)

    def written(self, row: int) -> int:
        """Return how many bands a row was ever given."""
        return self._rings.written(row)

    def since(self, row: int, count: int) -> Points:
        """Return what came after the first `count` bands of a row."""
        return self._rings.since(row, count)
