"""The record in which the state of an asset is stored: its head, then the slots in use."""

import numpy as np
from numpy.typing import NDArray

from models.assets.state import HEAD, HEAD_BYTES, SENSORS, SLOT, SLOT_BYTES, STATE_VERSION
from schemas.errors import BadDataError

_VERSION_AT = int(HEAD.fields["version"][1]) if HEAD.fields else 0
_SENSORS_AT = int(HEAD.fields["sensors"][1]) if HEAD.fields else 0
_RELATION_FIELDS = (
    "learned",
    "distance",
    "reference",
    "maxima_mean",
    "maxima_var",
    "present_max",
    "unit",
    "calibrated",
    "maxima_count",
    "pending",
    "returning",
    "open_ticks",
    "settling",
    "mean_score",
    "suspect_ts_us",
    "suspect_offset",
)
_PLACE_FIELDS = ("key", "ts_us", "value", "period_us", "intervals", "health")


def pack(head: np.void, slots: NDArray[np.void]) -> bytes:
    """Return the record of an asset with this head and these slots (SENSORS,)."""
    return head.tobytes() + slots[: int(head["sensors"])].tobytes()


def unpack(record: bytes, learn_ticks: int) -> tuple[np.void, NDArray[np.void]]:
    """Return head and slots (SENSORS,) of a record; without what was learned with another `learn_ticks`.

    Raises BadDataError on a record of another version or form.
    """
    version = record[_VERSION_AT] if len(record) > _VERSION_AT else None
    if version != STATE_VERSION:
        raise BadDataError(
            f"Stored asset state has version {version}, not {STATE_VERSION}; "
            "use the release that wrote it, or delete the state table to learn anew."
        )
    sensors = record[_SENSORS_AT]
    if not 1 <= sensors <= SENSORS or len(record) != HEAD_BYTES + sensors * SLOT_BYTES:
        raise BadDataError(
            f"Stored asset state has {len(record)} bytes for {sensors} sensors, not {HEAD_BYTES} + "
            f"{SLOT_BYTES} for each of at most {SENSORS}; delete the state table to learn anew."
        )
    head = np.frombuffer(bytearray(record[:HEAD_BYTES]), HEAD)
    slots = np.zeros(SENSORS, SLOT)
    slots[:sensors] = np.frombuffer(record[HEAD_BYTES:], SLOT)
    if head["learn_ticks"][0] != learn_ticks:
        head, slots = _without_learning(head, slots, learn_ticks)
    return head[0], slots


def _without_learning(
    head: NDArray[np.void], slots: NDArray[np.void], learn_ticks: int
) -> tuple[NDArray[np.void], NDArray[np.void]]:
    """Return a state that learns anew; order in time, ticks and an open anomaly stay."""
    for name in _RELATION_FIELDS:
        head[name] = 0
    head["learn_ticks"] = learn_ticks
    fresh = np.zeros_like(slots)
    for name in _PLACE_FIELDS:
        fresh[name] = slots[name]
    return head, fresh
