"""The series of one partition: their state in arrays, and the one way to move it forward."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models import checkpoint, series_kernel
from models.cold import ColdPages
from models.detectors import change_point
from models.detectors.novelty_memory import first_pages
from models.health import silence
from models.health.limits import Limits
from models.health.state import HEALTH_CHANGE
from models.regimes.state import BASELINE, NONE
from models.regimes.tuning import RegimeTuning
from models.series_kernel import MOST_CHANGES, MOST_TRANSITIONS, MOST_WINDOWS, Bank, Columns, Placed
from models.series_state import FEATURES, HELD, HELD_PAGE, HOT, HOT_BYTES, PAGE_BYTES, PAGE_FLOATS, REGIME_PAGE
from models.trace import TRACE
from models.transition import TRANSITION
from models.tuning import Tuning
from models.windows.assembly import Cut
from models.windows.state import LONGEST_WINDOW, WINDOW
from models.windows.tuning import WindowShape

MOST_PAGES = 64
_FIRST_CAPACITY = 1024
_SHAPE = WindowShape()
_MOST_PLACED = 10_000
_MOST_WINDOWS = 64 * MOST_WINDOWS
_NO_TRANSITIONS = np.zeros(0, TRANSITION)
_NO_CHANGES = np.zeros(0, HEALTH_CHANGE)
_NO_TRACE = np.zeros(0, TRACE)


@dataclass(frozen=True, slots=True)
class PlacedReadings:
    """Readings in the order in which they were put in their place, columns of one length: see `Placed`."""

    position: NDArray[np.int64]
    row: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    trust: NDArray[np.uint8]

    @classmethod
    def of(cls, placed: Placed) -> Self:
        """Return a copy of what is in use."""
        used = placed.used[0]
        return cls(
            placed.position[:used].copy(),
            placed.row[:used].copy(),
            placed.ts_us[:used].copy(),
            placed.value[:used].copy(),
            placed.trust[:used].copy(),
        )

    @classmethod
    def joined(cls, parts: "list[PlacedReadings]") -> "PlacedReadings":
        """Return the parts one after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([part.position for part in parts]),
            np.concatenate([part.row for part in parts]),
            np.concatenate([part.ts_us for part in parts]),
            np.concatenate([part.value for part in parts]),
            np.concatenate([part.trust for part in parts]),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch brought: `transitions` (TRANSITION) in order of their cause; `late` positions; two counts.

    `health` (HEALTH_CHANGE) are the changes of sensors' health, in order of their cause.
    `placed` are the readings that were put in their place.
    `windows` (m,) of WINDOW fell due, with `samples` (m, LONGEST_WINDOW).
    `late_by_us` is how far each late reading lies before the last one in its place.
    `skipped` readings were taken in before a restart; `duplicates` changed nothing.
    """

    transitions: NDArray[np.void]
    late: NDArray[np.int64]
    late_by_us: NDArray[np.int64]
    duplicates: int
    skipped: int
    health: NDArray[np.void]
    windows: NDArray[np.void]
    samples: NDArray[np.float64]
    placed: PlacedReadings


@dataclass(frozen=True, slots=True)
class PackedChanges:
    """Records to store: `hot[i]` of `rows[i]`, and `page_records[i]` of page `pages[i]` of row `page_rows[i]`."""

    rows: list[int]
    hot: list[bytes]
    page_rows: list[int]
    pages: list[int]
    page_records: list[bytes]


class SeriesBank:
    """State of `len(bank)` series, one row each, in the same order as the rows of the sensor index."""

    def __init__(self, tuning: Tuning, limits: Limits | None = None, regimes: RegimeTuning | None = None) -> None:
        self.tuning = tuning
        self._regime_constants = (regimes or RegimeTuning()).record()
        self._limits = (limits or Limits()).table()
        self._constants = tuning.record()
        self._first_pages = first_pages(tuning.novelty_memory)
        self.page_count = int(self._first_pages[-1])
        self._rows = 0
        self._hot = np.zeros(0, HOT)
        self._touched = np.zeros(0, np.uint8)
        self._changed = np.zeros(0, np.int64)
        # Never without a row: no view can be made of nothing, and a first batch may be refused as a whole.
        self._cold = np.zeros((1, self.page_count * PAGE_FLOATS), np.float32)
        self._features = np.zeros(2 * FEATURES)
        self._vectors = np.zeros(6, np.float32)
        self._scratch = np.zeros((change_point.SCRATCH, change_point.WINDOW))
        self._transitions = np.zeros(4 * MOST_TRANSITIONS, TRANSITION)
        self._changes = np.zeros(4 * MOST_CHANGES, HEALTH_CHANGE)
        self._cut = Cut(
            np.zeros(_MOST_WINDOWS, WINDOW), np.zeros((_MOST_WINDOWS, LONGEST_WINDOW)), np.zeros(1, np.int64)
        )
        self._shape = np.zeros((0, 2), np.int64)
        self._alarm = np.zeros(0, np.int64)
        self._clock = np.zeros(1, silence.CLOCK)
        self._placed = Placed(
            np.zeros(_MOST_PLACED, np.int64),
            np.zeros(_MOST_PLACED, np.int32),
            np.zeros(_MOST_PLACED, np.int64),
            np.zeros(_MOST_PLACED),
            np.zeros(_MOST_PLACED, np.uint8),
            np.zeros(1, np.int64),
        )

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
        late, late_by_us = np.empty(n, np.int64), np.empty(n, np.int64)
        counts = np.zeros(5, np.int64)
        parts: list[NDArray[np.void]] = []
        health: list[NDArray[np.void]] = []
        windows: list[NDArray[np.void]] = []
        samples: list[NDArray[np.float64]] = []
        placed: list[PlacedReadings] = []
        at = 0
        while True:
            at = series_kernel.advance(
                self._bank(),
                columns,
                at,
                self._transitions,
                self._changes,
                late,
                late_by_us,
                counts,
                self._cut,
                self._placed,
                _NO_TRACE if trace is None else trace,
            )
            if counts[series_kernel.TRANSITIONS]:
                parts.append(self._transitions[: counts[series_kernel.TRANSITIONS]].copy())
                counts[series_kernel.TRANSITIONS] = 0
            if counts[series_kernel.CHANGES]:
                health.append(self._changes[: counts[series_kernel.CHANGES]].copy())
                counts[series_kernel.CHANGES] = 0
            if self._cut.used[0]:
                windows.append(self._cut.facts[: self._cut.used[0]].copy())
                samples.append(self._cut.samples[: self._cut.used[0]].copy())
                self._cut.used[0] = 0
            placed.append(PlacedReadings.of(self._placed))
            self._placed.used[0] = 0
            if at == n:
                break
        return Outcome(
            transitions=np.concatenate(parts) if len(parts) > 1 else parts[0] if parts else _NO_TRANSITIONS,
            late=late[: counts[series_kernel.LATE]].copy(),
            late_by_us=late_by_us[: counts[series_kernel.LATE]].copy(),
            duplicates=int(counts[series_kernel.DUPLICATES]),
            skipped=int(counts[series_kernel.SKIPPED]),
            health=np.concatenate(health) if len(health) > 1 else health[0] if health else _NO_CHANGES,
            windows=np.concatenate(windows) if windows else self._cut.facts[:0],
            samples=np.concatenate(samples) if samples else self._cut.samples[:0],
            placed=PlacedReadings.joined(placed),
        )

    def dirty(self) -> NDArray[np.int64]:
        """Return the rows whose state changed since `clear_dirty`, ascending."""
        return np.flatnonzero(self._touched[: self._rows])

    def dirty_pages(self, row: int) -> list[int]:
        """Return the cold pages of a row that changed since `clear_dirty`."""
        changed = int(self._changed[row])
        return [page for page in range(self.page_count) if changed >> page & 1] if changed else []

    def pack(self, row: int) -> bytes:
        """Return the hot record of a row."""
        packed: bytes = self._hot_bytes()[row].tobytes()
        return packed

    def pack_page(self, row: int, page: int) -> bytes:
        """Return the content of a cold page."""
        return bytes(self._cold[row, page * PAGE_FLOATS : (page + 1) * PAGE_FLOATS])

    def packed_changes(self) -> PackedChanges:
        """Return what `pack` and `pack_page` give for everything dirty, in bulk."""
        rows = self.dirty()
        hot = self._hot_bytes()[rows].tobytes()
        changed = self._changed[: self._rows]
        of_page = [np.flatnonzero(changed >> page & 1) for page in range(self.page_count)]
        pages = self._cold.view(np.uint8).reshape(len(self._cold), self.page_count, PAGE_BYTES)
        packed = [pages[of, page].tobytes() for page, of in enumerate(of_page)]
        return PackedChanges(
            rows.tolist(),
            _cut(hot, HOT_BYTES),
            [row for of in of_page for row in of.tolist()],
            [page for page, of in enumerate(of_page) for _ in range(len(of))],
            [record for raw in packed for record in _cut(raw, PAGE_BYTES)],
        )

    def clear_dirty(self) -> None:
        """Note that all dirty rows and pages are stored."""
        self._touched[:] = 0
        self._changed[:] = 0

    def restore(self, row: int, hot: bytes | None, pages: dict[int, bytes]) -> None:
        """Put back what was packed of a row; None: never seen.

        What was learned with another `learn_readings` or `novelty_memory` is learned anew; the place in time stays.
        Raises BadDataError on records of another version or length.
        """
        self.ensure(row + 1)
        self._cold[row] = 0
        if hot is None:
            hot, pages = bytes(HOT_BYTES), {}
        else:
            checkpoint.check(hot, pages, MOST_PAGES)
            constants = (self.tuning.learn_readings, self.tuning.novelty_memory)
            if checkpoint.learned_with(hot) != constants:
                hot = checkpoint.without_learning(hot, *constants)
                pages = {page: content for page, content in pages.items() if page == HELD_PAGE}
        self._hot_bytes()[row] = np.frombuffer(hot, np.uint8)
        for page, content in pages.items():
            self._cold[row, page * PAGE_FLOATS : (page + 1) * PAGE_FLOATS] = np.frombuffer(content, np.float32)
        self._touched[row] = 0
        self._changed[row] = 0
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
        checkpoint.check_clock(packed)
        self._clock = np.frombuffer(bytearray(packed), silence.CLOCK)

    @property
    def state_bytes(self) -> int:
        """Bytes of state in use, hot and cold."""
        return self._rows * (HOT_BYTES + self.page_count * PAGE_BYTES)

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
        self._changed = np.concatenate([self._changed, np.zeros(capacity - old, np.int64)])
        # Fresh zero pages take no memory until they are written.
        cold = np.zeros((capacity, self.page_count * PAGE_FLOATS), np.float32)
        cold[: self._rows] = self._cold[: self._rows]
        self._cold = cold

    def _bank(self) -> Bank:
        stride = self.page_count * PAGE_BYTES
        rows = (len(self._cold),)
        held: NDArray[np.void] = np.ndarray(rows, HELD, self._cold.data, HELD_PAGE * PAGE_BYTES, (stride,))
        regimes: NDArray[np.void] = np.ndarray(rows, BASELINE, self._cold.data, REGIME_PAGE * PAGE_BYTES, (stride,))
        cold = ColdPages(self._cold, self._changed)
        return Bank(
            self._hot,
            self._touched,
            held,
            cold,
            self._first_pages,
            self._constants,
            self._features,
            self._vectors,
            self._scratch,
            regimes,
            self._regime_constants,
            self._limits,
            self._shape,
            self._alarm[: self._rows],
            self._clock,
        )


def _cut(raw: bytes, length: int) -> list[bytes]:
    return [raw[at : at + length] for at in range(0, len(raw), length)]
