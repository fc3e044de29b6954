"""What a block bank reports: one record for each `pattern` anomaly raised or cleared."""

from typing import Final

import numpy as np

from models.blocks.columns import DETECTORS

KIND: Final = "pattern"
TOP_FEATURES = 3

JOINED: tuple[str, ...] = (*DETECTORS, "champion")
"""In the order of `detector_scores`; the champion's is NaN where none is in service."""

BLOCK_TRANSITION = np.dtype(
    [
        ("row", "<i8"),
        ("position", "<i8"),  # of the block that caused it, in the batch handed to `advance`
        ("raised", "?"),  # False: cleared
        ("anomaly_offset", "<i8"),  # where it was raised; raised and cleared share it
        ("first_offset", "<i8"),  # the first block of the run that led to it
        ("last_offset", "<i8"),
        ("ts_us", "<i8"),  # the last sample of the block that caused it
        ("start_ts_us", "<i8"),  # the first sample of the first strange block
        ("end_ts_us", "<i8"),  # cleared: the first sample of the first block that was usual again; raised: 0
        ("value", "<f8"),  # rms of the alternating part
        ("expected", "<f8"),
        ("score", "<f8"),  # −log10 of the p-value; cleared: the highest since the raise
        ("threshold", "<f8"),
        ("grade", "<f8"),
        ("p_value", "<f8"),
        ("confidence", "<f8"),
        ("detector_scores", "<f8", (len(JOINED),)),
        ("feature", "<i8", (TOP_FEATURES,)),  # place in COLUMNS, most telling first; −1 none
        ("feature_value", "<f8", (TOP_FEATURES,)),
        ("feature_expected", "<f8", (TOP_FEATURES,)),
        ("feature_weight", "<f8", (TOP_FEATURES,)),
    ]
)
