"""The records of a checkpoint: the hot record and the cold pages of each series that changed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.series_state import HOT_BYTES, PAGE_BYTES


@dataclass(frozen=True, slots=True)
class PackedChanges:
    """Records to store: `hot[i]` of `rows[i]`, and `page_records[i]` of page `pages[i]` of row `page_rows[i]`."""

    rows: list[int]
    hot: list[bytes]
    page_rows: list[int]
    pages: list[int]
    page_records: list[bytes]


def pack_changes(
    rows: NDArray[np.int64], hot: NDArray[np.uint8], cold: NDArray[np.float32], changed: NDArray[np.int64]
) -> PackedChanges:
    """Return the hot records of `rows` and the changed pages of all, in bulk.

    `hot` (n, HOT_BYTES) and `cold` (n, pages × PAGE_FLOATS) of all series; `changed` (n,) as in `ColdPages`.
    """
    pages = cold.view(np.uint8).reshape(len(cold), -1, PAGE_BYTES)
    of_page = [np.flatnonzero(changed >> page & 1) for page in range(pages.shape[1])]
    packed = [pages[of, page].tobytes() for page, of in enumerate(of_page)]
    return PackedChanges(
        rows.tolist(),
        _cut(hot[rows].tobytes(), HOT_BYTES),
        [row for of in of_page for row in of.tolist()],
        [page for page, of in enumerate(of_page) for _ in range(len(of))],
        [record for raw in packed for record in _cut(raw, PAGE_BYTES)],
    )


def _cut(raw: bytes, length: int) -> list[bytes]:
    return [raw[at : at + length] for at in range(0, len(raw), length)]
