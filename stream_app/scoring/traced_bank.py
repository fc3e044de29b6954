"""A series bank that shows each reading with what was expected of it, for plots."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from agents.options import ReadingsOptions
from models.series import SeriesBank
from models.series_outcome import Outcome
from models.trace import TRACE

Seen = Callable[[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64], NDArray[np.void]], None]


class TracedBank(SeriesBank):
    """Calls `seen(row, ts_us, value, trace)` after each batch, columns of one length."""

    def __init__(self, options: ReadingsOptions, seen: Seen) -> None:
        super().__init__(options.tuning, options.limits, options.regimes)
        self._seen = seen

    def advance(
        self,
        row: NDArray[np.int32],
        ts_us: NDArray[np.int64],
        value: NDArray[np.float64],
        seq: NDArray[np.int64],
        offset: NDArray[np.int64],
        index: NDArray[np.int64],
        trace: NDArray[np.void] | None = None,
        limit: NDArray[np.int32] | None = None,
        regime: NDArray[np.int8] | None = None,
    ) -> Outcome:
        """Take in readings and show them."""
        own = np.zeros(len(row), TRACE) if trace is None else trace
        for name in TRACE.names or ():
            own[name] = np.nan
        outcome = super().advance(row, ts_us, value, seq, offset, index, own, limit, regime)
        self._seen(row, ts_us, value, own)
        return outcome
