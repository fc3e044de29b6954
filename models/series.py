"""The series of one partition: their state in arrays, and the one way to move it forward."""

import numpy as np
from numpy.typing import NDArray

from models import checkpoint, series_kernel
from models.cold_state import ColdState
from models.detectors import change_point
from models.health import silence
from models.health.limits import Limits
from models.regimes.state import NONE
from models.regimes.tuning import RegimeTuning
from models.series_arrays import Bank, Columns
from models.series_outcome import Gathered, Outcome, Room
from models.series_packing import PackedChanges, pack_changes
from models.series_state import FEATURES, HELD_PAGE, HOT, HOT_BYTES
from models.trace import TRACE
from models.transition import EPISODE
from models.tuning import Tuning
from models.windows.tuning import WindowShape

_FIRST_CAPACITY = 1024
_SHAPE = WindowShape()
_MOST_READINGS = np.iinfo(np.int32).max
_NO_TRACE = np.zeros(0, TRACE)


class SeriesBank:
    """State of `len(bank)` series, one row each, in the same order as the rows of the sensor index."""

    def __init__(self, tuning: Tuning, limits: Limits | None = None, regimes: RegimeTuning | None = None) -> None:
        self.tuning = tuning
        self._regime_constants = (regimes or RegimeTuning()).record()
        self._limits = (limits or Limits()).table()
        self._constants = tuning.record()
        self._cold = ColdState(tuning)
        self._rows = 0
        self._hot = np.zeros(0, HOT)
        self._touched = np.zeros(0, np.uint8)
        self._features = np.zeros(2 * FEATURES)
        self._vectors = np.zeros(6, np.float32)
        self._scratch = np.zeros((change_point.SCRATCH, change_point.WINDOW))
        self._room = Room()
        self._shape = np.zeros((0, 2), np.int64)
        self._alarm = np.zeros(0, np.int64)
        self._clock = np.zeros(1, silence.CLOCK)

    def __len__(self) -> int:
        return self._rows

    def ensure(self, rows: int) -> None:
        """Have state for at least so many series."""
        if rows > len(self._hot):
            self._grow(max(rows, 2 * len(self._hot), _FIRST_CAPACITY))
        self._rows = max(self._rows, rows)

    def shape_windows(self, row: int, shape: WindowShape) -> None:
        """Have windows of another shape for a row."""
        self._shape[row] = shape.window, shape.hop

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
        """Take in readings in order of arrival; columns of length n; seq -1 and value NaN: none.

        Rows beyond `len(self)` get fresh state.
        `trace` (n,) of TRACE, if given, gets what the detectors said of each reading placed at once.
        `limit` (n,), if given, are rows of `Limits.table`; `regime` (n,) is what `RegimeBank.advance` gave.
        """
        columns = Columns(
            np.ascontiguousarray(row, np.int32),
            np.ascontiguousarray(ts_us, np.int64),
            np.ascontiguousarray(value, np.float64),
            np.ascontiguousarray(seq, np.int64),
            np.ascontiguousarray(offset, np.int64),
            np.ascontiguousarray(index, np.int64),
            np.zeros(len(row), np.int32) if limit is None else np.ascontiguousarray(limit, np.int32),
            np.full(len(row), NONE, np.int8) if regime is None else np.ascontiguousarray(regime, np.int8),
        )
        n = len(columns.row)
        if n and int(columns.row.max()) >= self._rows:
            self.ensure(int(columns.row.max()) + 1)
        elif len(self._hot) == 0:
            self._grow(_FIRST_CAPACITY)
        gathered = Gathered.of(self._room, n)
        at = 0
        while True:
            at = series_kernel.advance(
                self._bank(),
                columns,
                at,
                self._room.transitions,
                self._room.changes,
                gathered.late,
                gathered.late_by_us,
                gathered.counts,
                self._room.cut,
                self._room.placed,
                _NO_TRACE if trace is None else trace,
            )
            gathered.empty_room()
            if at == n:
                return gathered.outcome()

    def release(self, rows: NDArray[np.int64], from_us: int) -> None:
        """Have each episode of the series `rows` that began at `from_us` or later end with its next reading.

        What it shows is the normal state by then, as after an episode of the greatest age.
        """
        hot = self._hot
        over = rows[(hot["open"][rows, EPISODE] == 1) & (hot["start_ts_us"][rows, EPISODE] >= from_us)]
        hot["episode_readings"][over] = min(int(self._constants[0]["longest_episode"]), _MOST_READINGS - 1)
        self._touched[over] = 1

    def dirty(self) -> NDArray[np.int64]:
        """Return the rows whose state changed since `clear_dirty`, ascending."""
        return np.flatnonzero(self._touched[: self._rows])

    @property
    def page_numbers(self) -> tuple[int, ...]:
        """Numbers of the cold pages that a series has."""
        return tuple(self._cold.places)

    def dirty_pages(self, row: int) -> list[int]:
        """Return the cold pages of a row that changed since `clear_dirty`."""
        return self._cold.changed_pages(row)

    def pack(self, row: int) -> bytes:
        """Return the hot record of a row."""
        packed: bytes = self._hot_bytes()[row].tobytes()
        return packed

    def pack_page(self, row: int, page: int) -> bytes:
        """Return the content of a cold page."""
        return self._cold.packed(page, [row])

    def packed_changes(self) -> PackedChanges:
        """Return what `pack` and `pack_page` give for everything dirty, in bulk."""
        return pack_changes(self.dirty(), self._hot_bytes(), self._cold)

    def clear_dirty(self) -> None:
        """Note that all dirty rows and pages are stored."""
        self._touched[:] = 0
        self._cold.clear_changed()

    def restore(self, row: int, hot: bytes | None, pages: dict[int, bytes]) -> None:
        """Put back what was packed of a row; None: never seen.

        What was learned with another `learn_readings` or `novelty_memory` is learned anew; the place in time stays.
        Raises BadDataError on records of another version or length.
        """
        self.ensure(row + 1)
        if hot is None:
            hot, pages = bytes(HOT_BYTES), {}
        else:
            checkpoint.check(hot)
            constants = (self.tuning.learn_readings, self.tuning.novelty_memory)
            if checkpoint.learned_with(hot) != constants:
                hot = checkpoint.without_learning(hot, *constants)
                pages = {page: content for page, content in pages.items() if page == HELD_PAGE}
            for page, content in pages.items():
                checkpoint.check_page(page, content, self._cold.length(page))
        self._hot_bytes()[row] = np.frombuffer(hot, np.uint8)
        self._cold.restore(row, pages)
        self._touched[row] = 0
        silence.alarms(self._hot[row : row + 1], self._alarm[row : row + 1])

    @property
    def now_us(self) -> int:
        """The largest event time that arrived."""
        return int(self._clock["now_us"][0])

    def pack_clock(self) -> bytes:
        """Return the record of the clock that all series share."""
        return self._clock.tobytes()

    def restore_clock(self, packed: bytes) -> None:
        """Put back what was packed of the clock; raises BadDataError on another length."""
        self._clock = checkpoint.clock_of(packed)

    @property
    def state_bytes(self) -> int:
        """Bytes of state in use, hot and cold."""
        return self._rows * HOT_BYTES + self._cold.bytes_in_use

    def _hot_bytes(self) -> NDArray[np.uint8]:
        """Return the hot records as bytes (n, HOT_BYTES)."""
        # Copies of records leave what lies between their fields undefined.
        return self._hot.view(np.uint8).reshape(-1, HOT_BYTES)

    def _grow(self, capacity: int) -> None:
        old = len(self._hot)
        hot = np.zeros(capacity, HOT)
        hot[:old] = self._hot
        self._hot = hot
        shape = np.empty((capacity, 2), np.int64)
        shape[:old] = self._shape
        shape[old:] = _SHAPE.window, _SHAPE.hop
        self._shape = shape
        self._alarm = np.concatenate([self._alarm, np.full(capacity - old, silence.NEVER)])
        self._touched = np.concatenate([self._touched, np.zeros(capacity - old, np.uint8)])
        self._cold.grow(capacity, self._rows)

    def _bank(self) -> Bank:
        return Bank(
            self._hot,
            self._touched,
            self._cold.pages,
            self._cold.layout.table,
            self._constants,
            self._features,
            self._vectors,
            self._scratch,
            self._regime_constants,
            self._limits,
            self._shape,
            self._alarm[: self._rows],
            self._clock,
            self._hot_bytes(),
        )
