"""What a window bank reports: one record for each `pattern` anomaly raised or cleared."""

from typing import Final

import numpy as np

from models.windows.joined import DETECTORS

KIND: Final = "pattern"
TOP_FEATURES = 3

WINDOW_TRANSITION = np.dtype(
    [
        ("row", "<i8"),
        ("position", "<i8"),  # of the reading that caused it
        ("window", "<i8"),  # of the feature row that caused it
        ("raised", "?"),  # False: cleared
        ("anomaly_offset", "<i8"),  # where it was raised; raised and cleared share the two
        ("anomaly_index", "<i8"),
        ("first_offset", "<i8"),
        ("last_offset", "<i8"),
        ("ts_us", "<i8"),
        ("start_ts_us", "<i8"),  # the first sample of the first strange window
        ("end_ts_us", "<i8"),  # cleared: the first sample of the first window that was usual again; raised: 0
        ("value", "<f8"),
        ("expected", "<f8"),
        ("low", "<f8"),
        ("high", "<f8"),
        ("score", "<f8"),  # −log10 of the p-value; cleared: the highest since the raise
        ("threshold", "<f8"),
        ("grade", "<f8"),
        ("p_value", "<f8"),
        ("confidence", "<f8"),
        ("detector_scores", "<f8", (len(DETECTORS),)),
        ("feature", "<i8", (TOP_FEATURES,)),  # place in WINDOW_FEATURES, most telling first; −1 none
        ("feature_value", "<f8", (TOP_FEATURES,)),
        ("feature_expected", "<f8", (TOP_FEATURES,)),
        ("feature_weight", "<f8", (TOP_FEATURES,)),
    ]
)
