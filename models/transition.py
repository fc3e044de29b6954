"""What `SeriesBank.advance` reports: one record for each anomaly raised or cleared."""

import numpy as np

KINDS: tuple[str, ...] = ("novelty", "episode")
"""Names of the values of `kind`."""

NOVELTY = 0
EPISODE = 1

DETECTORS: tuple[str, ...] = ("range_guard", "robust_z", "novelty", "seasonal", "ar_residual", "change_point")
"""Names of the places of `detector_scores`."""

TOP_FEATURES = 3

TRANSITION = np.dtype(
    [
        ("row", "<i4"),
        ("position", "<i8"),  # of the input reading that caused it, in the columns handed to `advance`
        ("kind", "u1"),
        ("raised", "?"),  # False: cleared
        ("anomaly_offset", "<i8"),  # where it was raised; raised and cleared share the two
        ("anomaly_index", "<i4"),
        ("offset", "<i8"),  # the reading that completed this transition
        ("index", "<i4"),
        ("first_offset", "<i8"),  # the first reading of the run that led to the raise
        ("last_offset", "<i8"),
        ("ts_us", "<i8"),
        ("start_ts_us", "<i8"),  # estimated onset
        ("end_ts_us", "<i8"),  # cleared: when; raised: 0
        ("value", "<f8"),
        ("expected", "<f8"),
        ("low", "<f8"),  # expected band
        ("high", "<f8"),
        ("score", "<f8"),  # cleared: the highest since the raise
        ("threshold", "<f8"),
        ("grade", "<f8"),
        ("p_value", "<f8"),
        ("confidence", "<f8"),
        ("detector_scores", "<f8", (len(DETECTORS),)),
        ("feature", "i1", (TOP_FEATURES,)),  # place in FEATURE_NAMES, most telling first; -1 none
        ("feature_value", "<f8", (TOP_FEATURES,)),
        ("feature_expected", "<f8", (TOP_FEATURES,)),
        ("feature_weight", "<f8", (TOP_FEATURES,)),
    ]
)
