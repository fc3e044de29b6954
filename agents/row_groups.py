"""Rows that leave in one message: those of one source record and asset, so that the batch does not show."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agents.outputs import nth_of_each
from schemas.sensor_index import SensorMeta


def by_record_and_asset(
    chosen: NDArray[np.int64], record: Sequence[int], meta: Sequence[SensorMeta]
) -> list[tuple[tuple[int, str], int, list[int]]]:
    """Return `((offset, asset_id), nth message of the record, rows)` of the rows at places `chosen`, in their order.

    `record` and `meta` tell of every row the offset of its source record and its sensor's meta.
    """
    # The readings of one record lie in one batch, and stand together in it.
    groups: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for at in chosen.tolist():
        groups[record[at], meta[at].asset_id].append(at)
    return [
        (key, nth, rows)
        for (key, rows), nth in zip(groups.items(), nth_of_each(offset for offset, _ in groups), strict=True)
    ]
