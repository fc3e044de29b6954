"""Rows that leave in one message: those of one source record and asset, so that the batch does not show."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from agents.outputs import nth_of_each
from schemas.sensor_index import SensorMeta


def by_record_and_asset(
    offset: Sequence[int], meta: Sequence[int], metas: Sequence[SensorMeta]
) -> Iterator[tuple[int, list[int]]]:
    """Return `(nth message of its record, rows)` of n rows by their places, in order.

    `offset` (n,) is of the source record, `meta` (n,) the place in `metas` of what the row's sensor says of itself.
    """
    if len(set(offset)) == len(offset):
        return ((0, [at]) for at in range(len(offset)))
    # The readings of one record lie in one batch, and stand together in it.
    groups: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for at, (of_record, of_sensor) in enumerate(zip(offset, meta, strict=True)):
        groups[of_record, metas[of_sensor].asset_id].append(at)
    return zip(nth_of_each(of_record for of_record, _ in groups), groups.values(), strict=True)
