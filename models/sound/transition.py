"""What a sound bank reports: one record for each `pattern` anomaly raised or cleared, and each change of health."""

from typing import Final

import numpy as np

from models.sound.detectors.registry import ENSEMBLE

KIND: Final = "pattern"
TOP_FEATURES = 3
CHAMPION: Final = "champion"
DETECTORS: tuple[str, ...] = (ENSEMBLE, CHAMPION)
"""What the microphone learned by itself, and the trained model of its type; each is calibrated on its own clips."""

OWN, OF_TYPE = range(len(DETECTORS))
"""Places in DETECTORS."""

SOUND_TRANSITION = np.dtype(
    [
        ("row", "<i8"),
        ("position", "<i8"),  # of the frame that caused it, in the batch handed to `advance`
        ("nth", "<i8"),  # of the hops that end in that frame, the one that caused it
        ("raised", "?"),  # False: cleared
        ("anomaly_offset", "<i8"),  # where it was raised; raised and cleared share the two
        ("anomaly_index", "<i8"),
        ("first_offset", "<i8"),  # the frame in which the first strange clip ended
        ("last_offset", "<i8"),
        ("ts_us", "<i8"),  # end of the clip that caused it
        ("start_ts_us", "<i8"),  # begin of the newest hop of the first strange clip
        ("end_ts_us", "<i8"),  # cleared: end of the first clip that was usual again; raised: 0
        ("value", "<f8"),  # rms of the clip, full scale is 1
        ("expected", "<f8"),
        ("judge", "<i8"),  # place in DETECTORS of the one whose score counted
        ("score", "<f8"),  # −log10 of the p-value; cleared: the highest since the raise
        ("threshold", "<f8"),
        ("grade", "<f8"),
        ("p_value", "<f8"),
        ("confidence", "<f8"),
        ("detector_scores", "<f8", (len(DETECTORS),)),
        ("feature", "<i8", (TOP_FEATURES,)),  # mel band, most telling first; −1 none
        ("feature_value", "<f8", (TOP_FEATURES,)),
        ("feature_expected", "<f8", (TOP_FEATURES,)),
        ("feature_weight", "<f8", (TOP_FEATURES,)),
    ]
)

SOUND_HEALTH = np.dtype(
    [
        ("row", "<i8"),
        ("position", "<i8"),
        ("nth", "<i8"),
        ("ts_us", "<i8"),
        ("since_ts_us", "<i8"),
        ("offset", "<i8"),
        ("index", "<i8"),
        ("state", "<i8"),  # place in models/health/state.py STATES
        ("before", "<i8"),
        ("amount", "<f8"),  # rms, share clipped, dB of noise or from the usual level, or s missing or not heard
        ("unheard", "?"),  # silent since frames stopped coming; `position` is of the frame at which it was missed
    ]
)
