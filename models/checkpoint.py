"""Records in which a series is stored: its hot record, and each of its cold pages. A checkpoint is all or nothing."""

import numpy as np
from numpy.typing import NDArray

from models.health.silence import CLOCK, alarms
from models.series_state import HOT, HOT_BYTES, LEARNED_FIELDS, STATE_VERSION
from schemas.errors import BadDataError

_VERSION_AT = int(HOT.fields["version"][1]) if HOT.fields else 0


def check(hot: bytes) -> None:
    """Raise BadDataError when a hot record has another version or length than this release writes."""
    if len(hot) <= _VERSION_AT or hot[_VERSION_AT] != STATE_VERSION:
        version = hot[_VERSION_AT] if len(hot) > _VERSION_AT else None
        raise BadDataError(
            f"Stored series state has version {version}, not {STATE_VERSION}; "
            "use the release that wrote it, or delete the state table to learn anew."
        )
    if len(hot) != HOT_BYTES:
        raise BadDataError(
            f"Stored series state has {len(hot)} bytes, not {HOT_BYTES}; delete the state table to learn anew."
        )


def check_page(page: int, record: bytes, length: int) -> None:
    """Raise BadDataError when a page has another length than this release writes."""
    if len(record) != length:
        raise BadDataError(
            f"Stored page {page} has {len(record)} bytes, not {length}; delete the state table to learn anew."
        )


def clock_of(packed: bytes) -> NDArray[np.void]:
    """Return the record (1,) of a stored clock; raises BadDataError on another length than this release writes."""
    if len(packed) != CLOCK.itemsize:
        raise BadDataError(
            f"The stored clock has {len(packed)} bytes, not {CLOCK.itemsize}; delete the state table to learn anew."
        )
    return np.frombuffer(bytearray(packed), CLOCK)


def stored_alarms(hot: list[bytes]) -> NDArray[np.int64]:
    """Return when, by the clock, each stored series is silent unless it is heard: see `silence.alarm_us`.

    Raises BadDataError on hot records that `SeriesBank.restore` would refuse.
    """
    for record in hot:
        check(record)
    found = np.empty(len(hot), np.int64)
    alarms(np.frombuffer(bytearray(b"".join(hot)), HOT), found)
    return found


def learned_with(hot: bytes) -> tuple[int, int]:
    """Return the `learn_readings` and `novelty_memory` that a hot record was learned with."""
    state = np.frombuffer(hot, HOT)[0]
    return int(state["learn_readings"]), int(state["novelty_memory"])


def without_learning(hot: bytes, learn_readings: int, novelty_memory: int) -> bytes:
    """Return the hot record without what it learned, to learn anew with other constants.

    Order in time, duplicates and open anomalies stay.
    """
    state = np.frombuffer(bytearray(hot), HOT)
    for name in LEARNED_FIELDS:
        state[name] = 0
    state["learn_readings"], state["novelty_memory"] = learn_readings, novelty_memory
    return state.tobytes()
