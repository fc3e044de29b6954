"""What is kept of one sensor's feature rows: the healthy baseline of each feature, and what is open."""

import numpy as np

from models.features.extractors import WINDOW_FEATURES
from schemas.errors import BadDataError

FEATURES = len(WINDOW_FEATURES)
STATE_VERSION = 1

SENSOR = np.dtype(
    [
        ("version", "<i4"),
        ("borrows", "<i4"),  # 1: it started from what is normal for its fleet; of a fleet itself: its sensors
        ("learned", "<i8"),  # rows in the baseline
        ("mean", "<f8", (FEATURES,)),
        ("variance", "<f8", (FEATURES,)),
        # Decision.
        ("open", "<i4"),
        ("was_open", "<i4"),  # before the chunk in which that changed last
        ("changed_in", "<i8"),  # number of that chunk of its type
        ("pending", "<i4"),
        ("returning", "<i4"),
        ("pending_us", "<i8"),  # first and last sample of the first strange row
        ("pending_end_us", "<i8"),
        ("pending_offset", "<i8"),
        ("returning_us", "<i8"),
        ("anomaly_offset", "<i8"),
        ("anomaly_index", "<i8"),
        ("peak", "<f8"),
    ]
)
SENSOR_BYTES = SENSOR.itemsize


def check(packed: bytes) -> None:
    """Raise BadDataError where `packed` is no record of this release."""
    if len(packed) != SENSOR.itemsize or int(np.frombuffer(packed, SENSOR)["version"][0]) != STATE_VERSION:
        raise BadDataError(
            f"Stored window state has {len(packed)} bytes, not {SENSOR.itemsize} of version {STATE_VERSION}; "
            "delete the state table to learn anew."
        )
