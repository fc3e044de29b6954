"""The records of a checkpoint: the hot record and the cold pages of each series that changed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.cold_state import ColdState
from models.series_state import HOT_BYTES


@dataclass(frozen=True, slots=True)
class PackedChanges:
    """Records to store: `hot[i]` of `rows[i]`, and `page_records[i]` of page `pages[i]` of row `page_rows[i]`."""

    rows: list[int]
    hot: list[bytes]
    page_rows: list[int]
    pages: list[int]
    page_records: list[bytes]


def pack_changes(rows: NDArray[np.int64], hot: NDArray[np.uint8], cold: ColdState) -> PackedChanges:
    """Return the records of `rows` of `hot` (n, HOT_BYTES) and the changed pages of all, in bulk."""
    of_page = {page: of for page in cold.places if len(of := cold.changed_rows(page))}
    return PackedChanges(
        rows.tolist(),
        _cut(hot[rows].tobytes(), HOT_BYTES),
        [row for of in of_page.values() for row in of.tolist()],
        [page for page, of in of_page.items() for _ in range(len(of))],
        [record for page, of in of_page.items() for record in _cut(cold.packed(page, of), cold.length(page))],
    )


def _cut(raw: bytes, length: int) -> list[bytes]:
    return [raw[at : at + length] for at in range(0, len(raw), length)]
