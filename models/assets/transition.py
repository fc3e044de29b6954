"""What `AssetBank.advance` reports: one record for each broken relation raised or cleared (kind `pattern`)."""

import numpy as np

DETECTOR = "relation"
"""Name of this detector among those of an anomaly."""

NAMED = 3
"""Sensors told of: the one that left the relation, then those it was most closely related with."""

RELATION = np.dtype(
    [
        ("asset_row", "<i4"),
        ("position", "<i8"),  # of the input reading that completed the tick, in the columns handed to `advance`
        ("raised", "?"),  # False: cleared
        ("anomaly_offset", "<i8"),  # where it was raised; raised and cleared share the two
        ("anomaly_index", "<i4"),
        ("offset", "<i8"),  # the reading that completed this transition
        ("index", "<i4"),
        ("first_offset", "<i8"),  # the reading that completed the first tick of the deviation
        ("last_offset", "<i8"),
        ("ts_us", "<i8"),
        ("start_ts_us", "<i8"),  # estimated onset
        ("end_ts_us", "<i8"),  # cleared: when; raised: 0
        ("score", "<f8"),  # cleared: the highest since the raise
        ("overall", "<f8"),  # score of all sensors together (T²), in the same units
        ("threshold", "<f8"),
        ("grade", "<f8"),
        ("p_value", "<f8"),
        ("confidence", "<f8"),
        ("sensor_row", "<i4", (NAMED,)),  # most telling first; -1 none
        ("sensor_key", "<i8", (NAMED,)),
        ("value", "<f8", (NAMED,)),
        ("expected", "<f8", (NAMED,)),  # by the other sensors; below the value: direction high
        ("weight", "<f8", (NAMED,)),  # share of all sensors' squared standardised residuals
    ]
)
