"""Log-mel spectrograms as colours: a stretch of sound beside a normal one, and by how much it differs in each band.

Colours of levels go from dark to bright evenly (Smith and van der Walt's viridis, by nine of its colours); of
differences from blue (less) over white to orange (more), which differ for every kind of eye.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.errors import BadDataError

_LEVELS = (
    *((68, 1, 84), (71, 44, 122), (59, 81, 139), (44, 113, 142), (33, 144, 141)),
    *((39, 173, 129), (92, 200, 99), (170, 220, 50), (253, 231, 37)),
)
_DIFFERENCES = (
    (5, 48, 97),
    (67, 147, 195),
    (209, 229, 240),
    (255, 255, 255),
    (254, 224, 182),
    (241, 163, 64),
    (127, 59, 8),
)

LOW_SHARE, HIGH_SHARE = 0.02, 0.995
"""Quantiles of both stretches at which the darkest and the brightest colour stand."""

LARGEST_DIFFERENCE_DB = 12.0
DB = 10.0 / np.log(10.0)
"""Decibels in one natural logarithm of power."""

Colours = NDArray[np.uint8]


class Panels(NamedTuple):
    """Pictures (bands, frames, 3) with the highest band on top; `low_db` and `high_db` are the ends of the colours."""

    normal: Colours
    now: Colours
    difference: Colours
    low_db: float
    high_db: float


def logmel_panels(now: NDArray[np.float32], normal: NDArray[np.float32]) -> Panels:
    """Return the panels of two log-mel stretches (frames, bands), natural logarithms of power, NaN unknown (grey).

    Raises BadDataError where they are empty or have different bands.
    """
    if now.ndim != 2 or normal.ndim != 2 or now.shape[1] != normal.shape[1] or not now.size or not normal.size:
        raise BadDataError(
            f"Log-mel stretches of shapes {now.shape} and {normal.shape} make no picture; give frames of equal bands."
        )
    known = np.concatenate([part[np.isfinite(part)] for part in (now, normal)])
    low, high = np.quantile(known, [LOW_SHARE, HIGH_SHARE]) if len(known) else (0.0, 1.0)
    usual = (
        np.nanmedian(np.where(np.isfinite(normal), normal, np.nan), axis=0) if len(known) else np.zeros(now.shape[1])
    )
    difference = (now - usual) * DB / LARGEST_DIFFERENCE_DB
    return Panels(
        normal=_coloured((normal - low) / max(high - low, 1e-6), _LEVELS),
        now=_coloured((now - low) / max(high - low, 1e-6), _LEVELS),
        difference=_coloured(0.5 + 0.5 * difference, _DIFFERENCES),
        low_db=float(low * DB),
        high_db=float(high * DB),
    )


def _coloured(share: NDArray[np.float64], anchors: tuple[tuple[int, int, int], ...]) -> Colours:
    """Return the colours (bands, frames, 3) of shares (frames, bands) between the anchors."""
    at = np.linspace(0.0, 1.0, len(anchors))
    table = np.array(anchors, np.float64)
    known = np.isfinite(share)
    place = np.where(known, np.clip(share, 0.0, 1.0), 0.0)
    colours = np.stack([np.interp(place, at, table[:, channel]) for channel in range(3)], axis=-1)
    colours[~known] = 128.0
    return np.ascontiguousarray(np.round(colours).astype(np.uint8).transpose(1, 0, 2)[::-1])
