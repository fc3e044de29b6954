"""Readings of one batch as columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ReadingColumns:
    """`n` readings in arrival order (record, index); every column has length `n`.

    row: the sensor's row in its SensorIndex. record: position of the message in its RecordColumns. index: place in an
    array or among the lines. offset: Kafka offset. ts_us: event time. value: NaN where it is known to be missing (null
    or bad quality). seq: -1 where there is none. quality: 0 good, 1 uncertain, 2 bad. meta: in `SensorIndex.metas`.
    """

    row: NDArray[np.int32]
    record: NDArray[np.int32]
    index: NDArray[np.int32]
    offset: NDArray[np.int64]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    seq: NDArray[np.int64]
    quality: NDArray[np.uint8]
    meta: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.row)

    @classmethod
    def empty(cls, n: int) -> "ReadingColumns":
        """Return columns of length `n` that are not yet filled."""
        return cls(
            row=np.empty(n, np.int32),
            record=np.empty(n, np.int32),
            index=np.empty(n, np.int32),
            offset=np.empty(n, np.int64),
            ts_us=np.empty(n, np.int64),
            value=np.empty(n, np.float64),
            seq=np.empty(n, np.int64),
            quality=np.empty(n, np.uint8),
            meta=np.empty(n, np.int32),
        )

    def take(self, chosen: NDArray[np.int64] | slice) -> "ReadingColumns":
        """Return the chosen readings, in the order chosen; a slice shares memory."""
        return ReadingColumns(
            row=self.row[chosen],
            record=self.record[chosen],
            index=self.index[chosen],
            offset=self.offset[chosen],
            ts_us=self.ts_us[chosen],
            value=self.value[chosen],
            seq=self.seq[chosen],
            quality=self.quality[chosen],
            meta=self.meta[chosen],
        )
