"""State as recovery would take it from the changelog, held against the independent fold."""

from collections.abc import Iterable, Mapping

from agents.state_keys import hot_key, page_key, sensor_of
from models.checkpoint import Stored, choose
from models.series_state import PAGE_BYTES
from schemas.errors import BadDataError

_EMPTY_PAGE = bytes(PAGE_BYTES)
_OFFSET_BYTES = 8


def newest(records: Iterable[tuple[bytes, bytes | None]]) -> dict[bytes, bytes]:
    """Return the record of each key that recovery would take: the last one of the highest source offset."""
    kept: dict[bytes, bytes] = {}
    for key, value in records:
        if value is None:
            kept.pop(key, None)
        elif key not in kept or _applied(value) >= _applied(kept[key]):
            kept[key] = value
    return kept


def sensors_that_differ(expected: Mapping[bytes, bytes], found: Mapping[bytes, bytes], page_count: int) -> set[str]:
    """Return the sensors whose state is missing, foreign, unreadable or not bit-equal to the expected one."""
    return {
        sensor
        for sensor in _sensors(expected) | _sensors(found)
        if not _equal(_stored(sensor, expected, page_count), _stored(sensor, found, page_count))
    }


def _sensors(records: Mapping[bytes, bytes]) -> set[str]:
    return {sensor for key in records if (sensor := sensor_of(key)) is not None}


def _stored(sensor: str, records: Mapping[bytes, bytes], page_count: int) -> Stored | None:
    hot = records.get(hot_key(sensor))
    if hot is None:
        return None
    numbered = ((page, records.get(page_key(sensor, page))) for page in range(page_count))
    try:
        return choose(hot, {page: record for page, record in numbered if record is not None}, page_count)
    except BadDataError:
        return None


def _equal(one: Stored | None, other: Stored | None) -> bool:
    if one is None or other is None:
        return False
    # A page that was never written holds zeros.
    pages = one.pages.keys() | other.pages.keys()
    return one.hot == other.hot and all(
        one.pages.get(page, _EMPTY_PAGE) == other.pages.get(page, _EMPTY_PAGE) for page in pages
    )


def _applied(value: bytes) -> int:
    return int.from_bytes(value[:_OFFSET_BYTES], "little", signed=True)
