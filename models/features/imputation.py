"""Missing samples of a regularly sampled series: short gaps are filled and flagged, longer ones break the series.

A sample's place on the grid is counted from the one before it, so that neither jitter (below half a period) nor a clock
that runs slightly fast or slow moves samples into wrong places: how late a sample came is remembered, and a quarter of
it forgotten with each sample. Up to `longest_gap` missing samples in a row are interpolated linearly and flagged; after
a longer gap a new segment begins, and no window may reach over two segments. A second sample at one place is dropped; a
step back (a sequence number that starts again) begins a new segment. A value that is not finite counts as missing.
"""

from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.kernel import kernel
from schemas.errors import BadDataError

LONGEST_GAP = 3
FORGET_SHARE = 0.25

BREAK = -1
TAKEN = -2


@dataclass(frozen=True, slots=True)
class Grid:
    """A series without short gaps, columns of equal length; `dropped` counts samples at places already taken."""

    places: NDArray[np.int64]
    values: NDArray[np.float64]
    imputed: NDArray[np.bool_]
    segments: NDArray[np.int64]
    dropped: int


@kernel
def places_since(elapsed: float, lateness: float, period: float) -> tuple[int, float]:
    """Return how many places after the last kept sample a new one lies, and how late it came.

    `elapsed` is the time between the two, `lateness` what this function gave for the last kept sample (0 at a start).
    The answer 1 means the next place, more that samples are missing, 0 or less that the place is taken already.
    """
    since = elapsed + lateness
    places = floor(since / period + 0.5)
    return places, (since - places * period) * (1.0 - FORGET_SHARE)


def fill(places: ArrayLike, values: ArrayLike, period: float, longest_gap: int = LONGEST_GAP) -> Grid:
    """Return the series with gaps of up to `longest_gap` samples filled in.

    `places` (n,) are integer times in microseconds or sequence numbers, `values` (n,) the samples, `period` the step
    in the same unit. Imputed samples lie evenly between their neighbours, in place and value. Raises BadDataError
    for columns of unequal length, a period that is not positive and a negative `longest_gap`.
    """
    at, samples = np.asarray(places, np.int64), np.asarray(values, np.float64)
    if at.ndim != 1 or at.shape != samples.shape:
        raise BadDataError(f"places have shape {at.shape} and values {samples.shape}: give two columns of equal length")
    if not 0.0 < period < np.inf or longest_gap < 0:
        raise BadDataError(
            f"period is {period} and longest_gap {longest_gap}: give a positive period and a gap of 0 or more samples"
        )
    present = np.isfinite(samples)
    at, samples = at[present], samples[present]
    missing = np.empty(at.size, np.int64)
    _missing(at, float(period), longest_gap, missing)
    kept = missing != TAKEN
    at, samples, missing = at[kept], samples[kept], missing[kept]
    # Each sample brings the imputed ones before it; they lie at the shares 1/(m+1) .. m/(m+1), and it at 1.
    rows = np.maximum(missing, 0) + 1
    ends = np.cumsum(rows)
    owner = np.repeat(np.arange(at.size), rows)
    before = np.maximum(owner - 1, 0)
    share = (np.arange(owner.size) - (ends - rows)[owner] + 1) / rows[owner]
    imputed = share < 1.0
    return Grid(
        places=np.where(imputed, at[before] + np.rint((at[owner] - at[before]) * share).astype(np.int64), at[owner]),
        values=np.where(imputed, samples[before] * (1.0 - share) + samples[owner] * share, samples[owner]),
        imputed=imputed,
        segments=np.cumsum(missing == BREAK)[owner],
        dropped=int(kept.size - kept.sum()),
    )


@kernel
def _missing(at: NDArray[np.int64], period: float, longest_gap: int, out: NDArray[np.int64]) -> None:
    """Write how many samples are missing before each, BREAK where a segment begins, TAKEN where it is to be dropped."""
    last = -1
    lateness = 0.0
    for i in range(at.size):
        out[i] = 0
        if last >= 0:
            places, late = places_since(float(at[i] - at[last]), lateness, period)
            if places == 0:
                out[i] = TAKEN
                continue
            out[i] = places - 1 if 0 < places <= longest_gap + 1 else BREAK
            lateness = late if out[i] != BREAK else 0.0
        last = i
