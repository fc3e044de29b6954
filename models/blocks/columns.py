"""The columns of a waveform block's feature row: their order, and what each is good for.

A column is judged as its natural logarithm where it is a size, so that a doubling weighs the same on every machine.
"""

import numpy as np

from models.blocks.machine_lines import BEARING_LINES, GEAR_LINE
from models.features.cepstral_bands import CEPSTRUM_NAMES, ORDER_NAMES
from models.features.extractors import BLOCK_FEATURES

LINE_NAMES: tuple[str, ...] = (*(f"envelope_{line}" for line in BEARING_LINES), GEAR_LINE)

COLUMNS: tuple[str, ...] = (*BLOCK_FEATURES, *LINE_NAMES, *ORDER_NAMES, *CEPSTRUM_NAMES)

FIRST_ORDER = COLUMNS.index(ORDER_NAMES[0])
FIRST_CEPSTRUM = COLUMNS.index(CEPSTRUM_NAMES[0])
FIRST_LINE = COLUMNS.index(LINE_NAMES[0])
LEVEL_AT = COLUMNS.index("std")
"""The alternating part's rms, which stands for the block as its value."""

_SIZES = {
    "std",
    "peak",
    "crest_factor",
    "kurtosis",
    "peak_1_magnitude",
    "envelope_peak_1_magnitude",
    "velocity_rms_mm_s",
    *LINE_NAMES,
}
_SHARES = {name for name in BLOCK_FEATURES if name.startswith("band_")}
_SHAPE = {
    "skewness",
    "entropy_bit",
    "crossings_per_sample",
    "spectral_centroid_hz",
    "spectral_spread_hz",
    "spectral_roll_off_hz",
    "spectral_flatness",
    "spectral_entropy",
}
_RISES = {"std", "peak", "kurtosis", "velocity_rms_mm_s", *LINE_NAMES}

IS_LOG = np.array([name in _SIZES | _SHARES for name in COLUMNS])
"""Judged as logarithm; orders and cepstra are made of logarithms already."""

SPECTRUM, SHAPE, UNJUDGED = 0, 1, 2
GROUP = np.array(
    [
        SPECTRUM
        if name in CEPSTRUM_NAMES or name in ORDER_NAMES
        else SHAPE
        if name in _SIZES | _SHARES | _SHAPE
        else UNJUDGED
        for name in COLUMNS
    ],
    np.uint8,
)
"""Which detector looks at a column: the cepstral bands' one, the distance of the rest, or none."""

IS_RISE = np.array([name in _RISES for name in COLUMNS], np.uint8)
"""1 where a rise alone is a sign of damage."""

DETECTORS: tuple[str, ...] = ("cepstral_bands", "feature_distance", "severity_rise")
