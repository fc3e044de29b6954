"""A fetch in pieces, each of which keeps the event loop only briefly."""

from collections.abc import Iterator

import numpy as np

from schemas.records import RecordColumns

_SLICE_RECORDS = 8192


def slices(records: RecordColumns, most_bytes: int) -> Iterator[RecordColumns]:
    """Yield pieces of up to `most_bytes` of values and _SLICE_RECORDS records (a compressed fetch can be large)."""
    behind = np.cumsum(np.maximum(records.value_length, 0), dtype=np.int64)
    start = 0
    while start < len(records):
        done = int(behind[start - 1]) if start else 0
        stop = int(np.searchsorted(behind, done + most_bytes, side="right"))
        stop = min(max(stop, start + 1), start + _SLICE_RECORDS)
        yield records.slice(start, stop)
        start = stop
