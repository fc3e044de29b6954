"""Faults put into healthy feature rows, each as it shows in the standardised features of a window, block or clip.

They stand for what labels say nothing of: a wider swing, a shifted level, another spectrum, each 2 to 6 deviations.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.features.cepstral_bands import CEPSTRUM_NAMES
from models.features.extractors import WINDOW_FEATURES
from models.sound.detectors.mfcc_isolation_forest import MFCC, MFCC_COLUMNS
from models.sound.mel import cosine_transform
from models.sound.profile import BANDS, PROFILE_COLUMNS

Faults = Mapping[str, Mapping[str, float]]
"""By fault, the deviations of the features that it moves, relative to its size."""

SMALLEST_Z, LARGEST_Z = 2.0, 6.0

WINDOW_FAULTS: Faults = {
    "spread": {
        "std": 1.0, "peak_to_peak": 1.0, "percentile_5": -0.7, "percentile_25": -0.5, "percentile_75": 0.5,
        "percentile_95": 0.7, "peak": 0.5, "peak_1_magnitude": 0.8, "peak_2_magnitude": 0.8, "peak_3_magnitude": 0.8,
    },
    "level": {
        "mean": 1.0, "rms": 1.0, "percentile_5": 1.0, "percentile_25": 1.0, "percentile_50": 1.0, "percentile_75": 1.0,
        "percentile_95": 1.0, "peak": 1.0,
    },
    "spectrum": {
        "spectral_centroid_per_sample": -1.0, "spectral_flatness": -1.0, "spectral_entropy": -1.0,
        "peak_1_magnitude": 1.0, "band_1_share": 1.0, "band_3_share": -0.6, "band_4_share": -0.8,
        "crossings_per_sample": -0.8,
    },
}  # fmt: skip

BLOCK_FAULTS: Faults = {
    "impacts": {
        "kurtosis": 1.0, "crest_factor": 0.9, "peak": 0.8, "envelope_peak_1_magnitude": 1.0, "envelope_bpfo": 1.0,
        "std": 0.3, "band_7_share": 0.5, "band_8_share": 0.5,
    },
    "imbalance": {
        "std": 0.8, "velocity_rms_mm_s": 1.0, "order_0.5_1.5": 1.0, "peak": 0.6, "band_1_share": 0.8,
        "spectral_centroid_hz": -0.6, "spectral_entropy": -0.6,
    },
    # Worn teeth, loose parts: the shape of the spectrum is another.
    "spectrum": {
        "spectral_centroid_hz": 0.6, "spectral_flatness": 0.6, "spectral_spread_hz": 0.5, "band_6_share": 0.7,
        **{name: 0.5 * (-1.0) ** place for place, name in enumerate(CEPSTRUM_NAMES)},
    },
}  # fmt: skip

_BAND_SPREAD_DB = 0.45
"""A deviation of a mel band in decibels, as fans in factory noise have it."""


def _in_bands(shares: Mapping[int, float]) -> dict[str, float]:
    """Return what a change of mel bands does to a clip's profile and to its cepstral coefficients."""
    bands = np.array([shares.get(band, 0.0) for band in range(BANDS)])
    coefficients = _BAND_SPREAD_DB * cosine_transform(MFCC) @ bands
    of_profile = {name: share for name, share in zip(PROFILE_COLUMNS, bands.tolist(), strict=True) if share}
    return of_profile | dict(zip(MFCC_COLUMNS[:MFCC], coefficients.tolist(), strict=True))


# Ups and downs beside each other, as of resonances: a spectrum that is only tilted is what speed and distance make.
CLIP_FAULTS: Faults = {
    "whistle": _in_bands({40: 0.35, 41: 0.5, 42: 0.35} | {band: 0.25 if band % 3 else -0.25 for band in range(44, 56)}),
    "rattle": _in_bands({band: 0.4 * (-1.0) ** (band // 2) for band in range(4, 20)}),
    "rubbing": _in_bands({band: 0.4 * (-1.0) ** (band // 2) for band in range(26, 40)}),
    "hiss": _in_bands({band: 0.35 * (-1.0) ** (band // 3) for band in range(46, 63)}),
}


def inject(
    rows: NDArray[np.float64],
    seed: int,
    columns: tuple[str, ...] = WINDOW_FEATURES,
    faults: Faults = WINDOW_FAULTS,
) -> NDArray[np.float64]:
    """Return copies of standardised rows (n, k), or (n, c + 1, k), with faults in turn, each of a random size.

    With context all rows of one are faulty, as if the fault had lasted.
    """
    rng = np.random.default_rng(seed)
    faulty = rows.copy()
    size = rng.uniform(SMALLEST_Z, LARGEST_Z, len(rows))
    kinds = list(faults.values())
    for i in range(len(rows)):
        for name, share in kinds[i % len(kinds)].items():
            if name in columns:
                faulty[i, ..., columns.index(name)] += share * size[i]
    return faulty
