"""The series of one partition: their state in arrays, and the one way to move it forward."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import checkpoint, series_kernel
from models.cold import PAGE_BITS, ColdPages
from models.detectors.novelty_memory import first_pages
from models.health.limits import Limits
from models.health.state import HEALTH_CHANGE
from models.series_kernel import MOST_CHANGES, MOST_PAGES, MOST_TRANSITIONS, Bank, Columns
from models.series_state import FEATURES, HELD, HOT, HOT_BYTES, PAGE_BYTES, PAGE_FLOATS
from models.trace import TRACE
from models.transition import TRANSITION
from models.tuning import Tuning

_FIRST_CAPACITY = 1024
_NO_TRANSITIONS = np.zeros(0, TRANSITION)
_NO_CHANGES = np.zeros(0, HEALTH_CHANGE)
_NO_TRACE = np.zeros(0, TRACE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch brought: `transitions` (TRANSITION) in order of their cause; `late` positions; two counts.

    `health` (HEALTH_CHANGE) are the changes of sensors' health, in order of their cause.
    `late_by_us` is how far each late reading lies before the last one in its place.
    `skipped` readings were taken in before a restart; `duplicates` changed nothing.
    """

    transitions: NDArray[np.void]
    late: NDArray[np.int64]
    late_by_us: NDArray[np.int64]
    duplicates: int
    skipped: int
    health: NDArray[np.void]


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

    def __init__(self, tuning: Tuning, limits: Limits | None = None) -> None:
        self.tuning = tuning
        self._limits = (limits or Limits()).table()
        self._constants = tuning.record()
        self._first_pages = first_pages(tuning.novelty_memory)
        self.page_count = int(self._first_pages[-1])
        self._rows = 0
        self._hot = np.zeros(0, HOT)
        self._kept_hot = np.zeros(0, HOT)
        self._touched = np.zeros(0, np.uint8)
        self._changed = np.zeros(0, np.int64)
        self._cold = np.zeros((0, self.page_count * PAGE_FLOATS), np.float32)
        self._kept_slots: dict[int, int] | None = None
        self._kept_pages = np.zeros((2 * MOST_PAGES, PAGE_FLOATS), np.float32)
        self._kept_key = np.zeros(2 * MOST_PAGES, np.int64)
        self._kept_used = np.zeros(1, np.int64)
        self._features = np.zeros(2 * FEATURES)
        self._vectors = np.zeros(6, np.float32)
        self._transitions = np.zeros(4 * MOST_TRANSITIONS, TRANSITION)
        self._changes = np.zeros(4 * MOST_CHANGES, HEALTH_CHANGE)

    def __len__(self) -> int:
        return self._rows

    def ensure(self, rows: int) -> None:
        """Have state for at least so many series."""
        if rows > len(self._hot):
            self._grow(max(rows, 2 * len(self._hot), _FIRST_CAPACITY))
        self._rows = max(self._rows, rows)

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
    ) -> Outcome:
        """Take in readings in order of arrival; columns of length n; seq -1 and value NaN: none.

        Rows beyond `len(self)` get fresh state.
        `trace` (n,) of TRACE, if given, gets what the detectors said of each reading placed at once.
        `limit` (n,), if given, are rows of `Limits.table`.
        """
        columns = Columns(
            np.ascontiguousarray(row, np.int32),
            np.ascontiguousarray(ts_us, np.int64),
            np.ascontiguousarray(value, np.float64),
            np.ascontiguousarray(seq, np.int64),
            np.ascontiguousarray(offset, np.int64),
            np.ascontiguousarray(index, np.int64),
            np.zeros(len(row), np.int32) if limit is None else np.ascontiguousarray(limit, np.int32),
        )
        self._kept_slots = None
        n = len(columns.row)
        if n and int(columns.row.max()) >= self._rows:
            self.ensure(int(columns.row.max()) + 1)
        late, late_by_us = np.empty(n, np.int64), np.empty(n, np.int64)
        counts = np.zeros(5, np.int64)
        parts: list[NDArray[np.void]] = []
        health: list[NDArray[np.void]] = []
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
                _NO_TRACE if trace is None else trace,
            )
            if counts[series_kernel.TRANSITIONS]:
                parts.append(self._transitions[: counts[series_kernel.TRANSITIONS]].copy())
                counts[series_kernel.TRANSITIONS] = 0
            if counts[series_kernel.CHANGES]:
                health.append(self._changes[: counts[series_kernel.CHANGES]].copy())
                counts[series_kernel.CHANGES] = 0
            if at == n:
                break
            self._make_room()
        return Outcome(
            transitions=np.concatenate(parts) if len(parts) > 1 else parts[0] if parts else _NO_TRANSITIONS,
            late=late[: counts[series_kernel.LATE]].copy(),
            late_by_us=late_by_us[: counts[series_kernel.LATE]].copy(),
            duplicates=int(counts[series_kernel.DUPLICATES]),
            skipped=int(counts[series_kernel.SKIPPED]),
            health=np.concatenate(health) if len(health) > 1 else health[0] if health else _NO_CHANGES,
        )

    def dirty(self) -> NDArray[np.int64]:
        """Return the rows whose state changed since `clear_dirty`, ascending."""
        return np.flatnonzero(self._touched[: self._rows])

    def dirty_pages(self, row: int) -> list[int]:
        """Return the cold pages of a row that changed since `clear_dirty`."""
        changed = int(self._changed[row])
        return [page for page in range(self.page_count) if changed >> page & 1] if changed else []

    def pack(self, row: int) -> bytes:
        """Return the hot record of a row; one whose pages changed carries its predecessor along."""
        now = self._hot[row].tobytes()
        changed = int(self._changed[row])
        return now if changed == 0 else checkpoint.hot_record(now, changed, self._kept_hot[row].tobytes())

    def pack_page(self, row: int, page: int) -> bytes:
        """Return the record of a cold page: its content and the one at the last checkpoint, each with its offset."""
        now = self._cold[row, page * PAGE_FLOATS : (page + 1) * PAGE_FLOATS].tobytes()
        before = self._kept_hot if self._touched[row] else self._hot
        offset_before = int(before["applied_offset"][row]) if before["version"][row] else -1
        if not int(self._changed[row]) >> page & 1:
            return checkpoint.page_record(offset_before, offset_before, now, now)
        if self._kept_slots is None:
            keys = self._kept_key[: self._kept_used[0]].tolist()
            self._kept_slots = {key: slot for slot, key in enumerate(keys)}
        former = self._kept_pages[self._kept_slots[row << PAGE_BITS | page]].tobytes()
        return checkpoint.page_record(int(self._hot["applied_offset"][row]), offset_before, now, former)

    def packed_changes(self) -> PackedChanges:
        """Return what `pack` and `pack_page` give for everything dirty, in bulk."""
        rows = self.dirty()
        changed = self._changed[rows].tolist()
        hot, before = self._hot[rows].tobytes(), self._kept_hot[rows].tobytes()
        hot_records = []
        for i, bits in enumerate(changed):
            part = slice(i * HOT_BYTES, (i + 1) * HOT_BYTES)
            hot_records.append(checkpoint.hot_record(hot[part], bits, before[part]) if bits else hot[part])
        used = int(self._kept_used[0])
        of_page = self._kept_key[:used] >> PAGE_BITS
        pages = self._kept_key[:used] & (1 << PAGE_BITS) - 1
        page_records = checkpoint.page_records(
            self._hot["applied_offset"][of_page],
            np.where(self._kept_hot["version"][of_page] != 0, self._kept_hot["applied_offset"][of_page], -1),
            self._cold.view(np.uint8).reshape(len(self._cold), -1, PAGE_BYTES)[of_page, pages],
            self._kept_pages[:used].view(np.uint8),
        )
        return PackedChanges(rows.tolist(), hot_records, of_page.tolist(), pages.tolist(), page_records)

    def clear_dirty(self) -> None:
        """Note that all dirty rows and pages are stored."""
        self._touched[:] = 0
        self._changed[:] = 0
        self._kept_used[0] = 0
        self._kept_slots = None

    def restore(self, row: int, hot: bytes | None, pages: dict[int, bytes]) -> None:
        """Put back the newest state that a row's records agree on; None: never seen.

        What was learned with another `learn_readings` or `novelty_memory` is learned anew; the place in time stays.
        Raises BadDataError on records of another version or that belong to different moments.
        """
        self.ensure(row + 1)
        constants = (self.tuning.learn_readings, self.tuning.novelty_memory)
        if hot is None or len(hot) < HOT_BYTES or checkpoint.learned_with(hot) == constants:
            chosen = checkpoint.choose(hot, pages, MOST_PAGES)
        else:
            chosen = checkpoint.choose(hot, pages, MOST_PAGES, held_only=True)
            chosen = checkpoint.without_learning(chosen, *constants)
        self._hot.view(np.uint8).reshape(-1, HOT_BYTES)[row] = np.frombuffer(chosen.hot, np.uint8)
        self._cold[row] = 0
        for page, content in chosen.pages.items():
            self._cold[row, page * PAGE_FLOATS : (page + 1) * PAGE_FLOATS] = np.frombuffer(content, np.float32)
        self._touched[row] = 0
        self._changed[row] = 0

    @property
    def state_bytes(self) -> int:
        """Bytes of state in use, hot and cold, with what is kept aside for the next checkpoint."""
        per_row = 2 * HOT_BYTES + self.page_count * PAGE_BYTES
        return self._rows * per_row + self._kept_pages.nbytes

    def _grow(self, capacity: int) -> None:
        old = len(self._hot)
        hot, kept_hot = np.zeros(capacity, HOT), np.zeros(capacity, HOT)
        hot[:old], kept_hot[:old] = self._hot, self._kept_hot
        self._hot, self._kept_hot = hot, kept_hot
        self._touched = np.concatenate([self._touched, np.zeros(capacity - old, np.uint8)])
        self._changed = np.concatenate([self._changed, np.zeros(capacity - old, np.int64)])
        # Fresh zero pages take no memory until they are written.
        cold = np.zeros((capacity, self.page_count * PAGE_FLOATS), np.float32)
        cold[: self._rows] = self._cold[: self._rows]
        self._cold = cold

    def _make_room(self) -> None:
        """Have room for more pages kept aside; transitions were taken out already."""
        if self._kept_used[0] + MOST_PAGES <= len(self._kept_key):
            return
        pages, keys = self._kept_pages, self._kept_key
        self._kept_pages = np.concatenate([pages, np.zeros_like(pages)])
        self._kept_key = np.concatenate([keys, np.zeros_like(keys)])

    def _bank(self) -> Bank:
        stride = self.page_count * PAGE_BYTES
        held: NDArray[np.void] = np.ndarray((len(self._cold),), HELD, self._cold.data, 0, (stride,))
        cold = ColdPages(self._cold, self._changed, self._kept_pages, self._kept_key, self._kept_used)
        return Bank(
            self._hot,
            self._kept_hot,
            self._touched,
            held,
            cold,
            self._first_pages,
            self._constants,
            self._features,
            self._vectors,
            self._limits,
        )
