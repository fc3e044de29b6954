"""Records in which a series is stored, and what to make of them after a crash.

A crash may leave each record of a series at the last checkpoint or at the one before. So a page's record holds its
content at both, each with the source offset applied by then, and a hot record whose pages changed names those pages and
carries its own predecessor. `choose` finds the newest moment that all records agree on; replay from there leads to the
same state.
"""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.series_state import HELD_PAGE, HOT, HOT_BYTES, LEARNED_FIELDS, PAGE_BYTES, STATE_VERSION
from schemas.errors import BadDataError

_PAGE_HEAD = struct.Struct("<qq")
_CHANGED = struct.Struct("<Q")
_OFFSET = struct.Struct("<q")
_VERSION_AT = int(HOT.fields["version"][1]) if HOT.fields else 0

PAGE_RECORD_BYTES = _PAGE_HEAD.size + 2 * PAGE_BYTES
HOT_RECORD_BYTES = 2 * HOT_BYTES + _CHANGED.size
"""Of a hot record with predecessor; one without has HOT_BYTES."""


@dataclass(frozen=True, slots=True)
class Stored:
    """State of one series at one moment: `hot` of HOT_BYTES, and the content of its pages."""

    hot: bytes
    pages: dict[int, bytes]


def page_record(offset: int, offset_before: int, content: bytes, content_before: bytes) -> bytes:
    """Return the record of a page: its content after `offset`, and at the checkpoint before."""
    return _PAGE_HEAD.pack(offset, offset_before) + content + content_before


def page_records(
    offset: NDArray[np.int64],
    offset_before: NDArray[np.int64],
    content: NDArray[np.uint8],
    content_before: NDArray[np.uint8],
) -> list[bytes]:
    """Return the records of k pages at once; offsets (k,), contents (k, PAGE_BYTES)."""
    heads = np.stack((offset, offset_before), axis=1).astype("<i8").view(np.uint8)
    raw = np.concatenate((heads, content, content_before), axis=1).tobytes()
    return [raw[at : at + PAGE_RECORD_BYTES] for at in range(0, len(raw), PAGE_RECORD_BYTES)]


def hot_record(hot: bytes, changed_pages: int, hot_before: bytes) -> bytes:
    """Return a hot record that names the pages changed since its predecessor (bit k: page k)."""
    return hot + _CHANGED.pack(changed_pages) + hot_before


def current(record: bytes) -> bytes:
    """Return what a hot record says of its own moment, which does not depend on when checkpoints were made."""
    return record[:HOT_BYTES]


def current_page(record: bytes) -> bytes:
    """Return the newest content that a page's record holds."""
    return record[_PAGE_HEAD.size : _PAGE_HEAD.size + PAGE_BYTES]


def learned_with(hot: bytes) -> tuple[int, int]:
    """Return the `learn_readings` and `novelty_memory` that a hot record was learned with."""
    state = np.frombuffer(hot[:HOT_BYTES], HOT)[0]
    return int(state["learn_readings"]), int(state["novelty_memory"])


def choose(hot: bytes | None, pages: dict[int, bytes], page_count: int, *, held_only: bool = False) -> Stored:
    """Return the newest state that the records of a series agree on; `held_only` leaves out pages other than HELD_PAGE.

    Raises BadDataError when a record has another version or form, or when no moment fits all.
    """
    fresh = Stored(bytes(HOT_BYTES), {})
    if hot is None:
        return fresh
    if len(hot) < _VERSION_AT + 1 or hot[_VERSION_AT] != STATE_VERSION:
        version = hot[_VERSION_AT] if len(hot) > _VERSION_AT else None
        raise BadDataError(
            f"Stored series state has version {version}, not {STATE_VERSION}; "
            "use the release that wrote it, or delete the state table to learn anew."
        )
    if len(hot) not in (HOT_BYTES, HOT_RECORD_BYTES):
        raise BadDataError(
            f"Stored series state has {len(hot)} bytes, not {HOT_BYTES} or {HOT_RECORD_BYTES}; "
            "delete the state table to learn anew."
        )
    _check_pages(pages, page_count)
    changed = _CHANGED.unpack_from(hot, HOT_BYTES)[0] if len(hot) > HOT_BYTES else 0
    if held_only:
        pages = {page: record for page, record in pages.items() if page == HELD_PAGE}
        changed &= 1 << HELD_PAGE
    newest = _pages_at(hot[:HOT_BYTES], changed, pages)
    if newest is not None:
        return newest
    before = hot[HOT_BYTES + _CHANGED.size :]
    if before and before[_VERSION_AT] == 0:
        return fresh
    older = _pages_at(before, 0, pages) if before else None
    if older is None:
        raise BadDataError(
            "Stored records of one series belong to different moments; delete the state table to learn anew."
        )
    return older


def without_learning(stored: Stored, learn_readings: int, novelty_memory: int) -> Stored:
    """Return the state without what it learned, to learn anew with other constants.

    Order in time, duplicates and open anomalies stay.
    """
    hot = np.frombuffer(bytearray(stored.hot), HOT)
    for name in LEARNED_FIELDS:
        hot[name] = 0
    hot["learn_readings"], hot["novelty_memory"] = learn_readings, novelty_memory
    return Stored(hot.tobytes(), stored.pages)


def _check_pages(pages: dict[int, bytes], page_count: int) -> None:
    for page, record in pages.items():
        if len(record) != PAGE_RECORD_BYTES or not 0 <= page < page_count:
            raise BadDataError(
                f"Stored page {page} has {len(record)} bytes, not {PAGE_RECORD_BYTES} below page {page_count}; "
                "delete the state table to learn anew."
            )


def _pages_at(hot: bytes, changed: int, pages: dict[int, bytes]) -> Stored | None:
    """Return the state with its pages as they were at the moment of `hot`, or None if a page does not reach there."""
    applied = _OFFSET.unpack_from(hot)[0]
    contents: dict[int, bytes] = {}
    for page in set(pages) | {page for page in range(64) if changed >> page & 1}:
        if page not in pages:
            return None
        offset, offset_before = _PAGE_HEAD.unpack_from(pages[page])
        head = _PAGE_HEAD.size
        if changed >> page & 1 and applied not in (offset, offset_before):
            return None
        if offset <= applied:
            contents[page] = pages[page][head : head + PAGE_BYTES]
        elif offset_before <= applied:
            contents[page] = pages[page][head + PAGE_BYTES :]
        else:
            return None
    return Stored(hot, contents)
