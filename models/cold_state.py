"""The cold pages of all series as records: which there are, where they lie, and which are in use."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.cold import ColdPages
from models.detectors.change_point import WINDOW
from models.detectors.novelty_memory import NoveltyLayout
from models.regimes.state import BASELINE
from models.series_state import (
    CHANGE_POINT_PAGE,
    HELD,
    HELD_PAGE,
    NOVELTY_PAGE,
    PAGE_BYTES,
    PAGE_FLOATS,
    REGIME_PAGE,
    SEASONAL_PAGE,
)
from models.tuning import Tuning


@dataclass(frozen=True, slots=True)
class _Place:
    """Bytes `start` to `stop` of a row of the array `part`."""

    part: str
    start: int
    stop: int


class ColdState:
    """Pages of rows; `places` by number of the page: a profile leaves some out."""

    def __init__(self, tuning: Tuning) -> None:
        self.layout = NoveltyLayout(tuning.novelty_memory)
        self._floats = {
            "seasonal": PAGE_FLOATS if tuning.seasonal else 0,
            "change_point": WINDOW if tuning.change_points else 0,
            "novelty": self.layout.floats,
        }
        self.places = {
            HELD_PAGE: _Place("held", 0, HELD.itemsize),
            REGIME_PAGE: _Place("regimes", 0, BASELINE.itemsize),
            **_pages("seasonal", SEASONAL_PAGE, self._floats["seasonal"], PAGE_BYTES),
            **_pages("change_point", CHANGE_POINT_PAGE, self._floats["change_point"], PAGE_BYTES),
            **_pages("novelty", NOVELTY_PAGE, self._floats["novelty"], self.layout.page_bytes),
        }
        # Bit k: page k was changed before the last checkpoint, ever.
        self._used = np.zeros(0, np.int64)
        self.pages = self._of(0)
        self._bytes = {name: self._as_bytes(name) for name in ColdPages._fields}

    def _of(self, rows: int) -> ColdPages:
        # Fresh zero pages take no memory until they are written.
        return ColdPages(
            np.zeros(rows, HELD),
            np.zeros(rows, BASELINE),
            changed=np.zeros(rows, np.int64),
            **{part: np.zeros((rows, floats), np.float32) for part, floats in self._floats.items()},
        )

    def grow(self, rows: int, used: int) -> None:
        """Have room for `rows` series, of which the first `used` are kept."""
        old, self.pages = self.pages, self._of(rows)
        old_bytes, self._bytes = self._bytes, {name: self._as_bytes(name) for name in ColdPages._fields}
        for name, content in self._bytes.items():
            content[:used] = old_bytes[name][:used]
        del old
        self._used = np.concatenate([self._used, np.zeros(rows - len(self._used), np.int64)])

    def _as_bytes(self, name: str) -> NDArray[np.uint8]:
        part: NDArray[Any] = getattr(self.pages, name)
        width = part.itemsize * (part.shape[1] if part.ndim == 2 else 1)
        return part.reshape(-1).view(np.uint8).reshape(len(part), width)

    def changed_rows(self, page: int) -> NDArray[np.int64]:
        """Return the rows whose page changed since the last checkpoint."""
        return np.flatnonzero(self.pages.changed >> page & 1)

    def changed_pages(self, row: int) -> list[int]:
        """Return the pages of a row that changed since the last checkpoint."""
        changed = int(self.pages.changed[row])
        return [page for page in self.places if changed >> page & 1] if changed else []

    def packed(self, page: int, rows: NDArray[np.int64] | list[int]) -> bytes:
        """Return the page of each of `rows`, one after the other."""
        place = self.places[page]
        return self._bytes[place.part][rows, place.start : place.stop].tobytes()

    def length(self, page: int) -> int:
        """Return the bytes of a page; 0 where there is none of this number."""
        place = self.places.get(page)
        return place.stop - place.start if place else 0

    def clear_changed(self) -> None:
        """Note that all pages are stored."""
        self._used |= self.pages.changed
        self.pages.changed[:] = 0

    def restore(self, row: int, pages: dict[int, bytes]) -> None:
        """Put back all pages of a row; those not given are zero."""
        for content in self._bytes.values():
            content[row] = 0
        self._used[row] = 0
        for page, packed in pages.items():
            place = self.places[page]
            self._bytes[place.part][row, place.start : place.stop] = np.frombuffer(packed, np.uint8)
            self._used[row] |= 1 << page

    @property
    def bytes_in_use(self) -> int:
        """Bytes of all pages that were ever written."""
        used = self._used | self.pages.changed
        count = int(np.bitwise_count(used).sum())
        odd = [page for page in self.places if self.length(page) != PAGE_BYTES]
        # Most pages are of one length.
        return count * PAGE_BYTES + sum(
            int((used >> page & 1).sum()) * (self.length(page) - PAGE_BYTES) for page in odd
        )


def _pages(part: str, first: int, floats: int, page_bytes: int) -> dict[int, _Place]:
    return {
        first + number: _Place(part, number * page_bytes, (number + 1) * page_bytes)
        for number in range(4 * floats // page_bytes)
    }
