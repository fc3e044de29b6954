"""The feature columns of windows of readings and of waveform blocks, row by row, in the order of their names.

Every row is worked out by itself in a fixed order, so its features do not depend on the rows beside it. What constant,
short, NaN and huge rows give is stated in `window_statistics`, `spectrum`, `envelope` and `vibration`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.features.envelope import envelope_spectra
from models.features.rows import checked
from models.features.spectrum import Spectra, equal_bands, peak_names, peaks, power_spectra, shape, shape_names
from models.features.vibration import velocity_rms_mm_s
from models.features.window_statistics import STATISTICS, window_statistics

WINDOW_BANDS = equal_bands(4)
BLOCK_BANDS = equal_bands(8)

WINDOW_FEATURES: tuple[str, ...] = (*STATISTICS, *peak_names("per_sample"), *shape_names("per_sample", WINDOW_BANDS))
"""Columns of `window_features`; frequencies are in cycles per sample, for readings keep no exact rate."""

BLOCK_FEATURES: tuple[str, ...] = (
    *STATISTICS,
    *peak_names("hz"),
    *shape_names("hz", BLOCK_BANDS),
    *peak_names("hz", prefix="envelope_"),
    "velocity_rms_mm_s",
)
"""Columns of `block_features`."""

UNIT_OF_ENDING: dict[str, str] = {"hz": "Hz", "sample": "1/sample", "bit": "bit", "mm_s": "mm/s"}
"""The unit of a column by how its name ends."""

PURE_NUMBERS: frozenset[str] = frozenset({"crest_factor", "skewness", "kurtosis"})
"""Statistics without a unit."""


def window_features(windows: ArrayLike) -> NDArray[np.float64]:
    """Return WINDOW_FEATURES of windows (n, w) of readings, float64 (n, 30)."""
    rows = checked(windows)
    spectra = power_spectra(rows)
    return np.hstack([window_statistics(rows), peaks(spectra), shape(spectra, WINDOW_BANDS)])


def block_features(blocks: ArrayLike, rate_hz: float, unit: str | None = None) -> NDArray[np.float64]:
    """Return BLOCK_FEATURES of waveform blocks (n, w) of one rate and unit, float64 (n, 41).

    The rms of the velocity is NaN unless `unit` is one of an acceleration.
    """
    rows = checked(blocks)
    return block_columns(rows, power_spectra(rows, rate_hz), envelope_spectra(rows, rate_hz), unit)


def block_columns(
    rows: NDArray[np.float64], spectra: Spectra, enveloped: Spectra, unit: str | None
) -> NDArray[np.float64]:
    """Return BLOCK_FEATURES of checked `rows` (n, w) whose spectra, and those of their envelopes, are known already."""
    velocity = velocity_rms_mm_s(spectra, unit)
    columns = [window_statistics(rows), peaks(spectra), shape(spectra, BLOCK_BANDS), peaks(enveloped)]
    return np.hstack([*columns, velocity[:, None]])


def feature_unit(name: str, unit: str) -> str:
    """Return the unit of the column `name` for samples in `unit`; "" for a pure number."""
    for ending, text in UNIT_OF_ENDING.items():
        if name.endswith("_" + ending):
            return text
    if name in PURE_NUMBERS or not (name in STATISTICS or name.endswith("_magnitude")):
        return ""
    return unit
