"""Statistics of the amplitudes in a window or block: level, size, shape, percentiles, entropy, zero crossings.

`rms` is of the samples as they are; `std` (divided by the number of samples) is the rms about the mean. `peak` is the
largest deviation from the mean and `crest_factor` = peak / std, so a sensor's offset does not hide an impact.
`skewness` and `kurtosis` are the standardised third and fourth moments (Gaussian noise: 0 and 3). Percentiles are
interpolated between order statistics. `entropy_bit` is Shannon's, of a histogram of 16 equal bins over the row's own
range. `crossings_per_sample` is the share of neighbouring samples that lie on two sides of the mean.

Stated answers: a constant row, and so a row of one sample, has its value as mean, |value| as rms, its value as every
percentile and 0 for the rest; a row with a NaN or a sample beyond ±1e100 has NaN for all.
Source: ISO 2041:2018, Mechanical vibration, shock and condition monitoring: Vocabulary (peak value, crest factor);
Hyndman and Fan (1996), Sample quantiles in statistical packages, The American Statistician 50, type 7.
"""

from math import isnan, log2, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from models.features.rows import mean_of
from models.kernel import kernel

PERCENTILES: tuple[int, ...] = (5, 25, 50, 75, 95)
ENTROPY_BINS = 16

STATISTICS: tuple[str, ...] = (
    "mean",
    "std",
    "rms",
    "peak",
    "peak_to_peak",
    "crest_factor",
    "skewness",
    "kurtosis",
    "entropy_bit",
    "crossings_per_sample",
    *(f"percentile_{p}" for p in PERCENTILES),
)

_SHARES = np.array(PERCENTILES) / 100.0
_FIRST_PERCENTILE = STATISTICS.index("percentile_5")


def window_statistics(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the columns STATISTICS, float64 (n, 15), of checked `rows` (n, w)."""
    out = np.empty((rows.shape[0], len(STATISTICS)))
    _statistics(rows, np.sort(rows, axis=1), out)
    return out


@kernel
def _entropy_bit(ordered: NDArray[np.float64]) -> float:
    """Return the entropy of the histogram of a sorted row whose range is not zero."""
    n = ordered.size
    lowest = ordered[0]
    per_unit = ENTROPY_BINS / (ordered[n - 1] - lowest)
    total = 0.0
    present = 0
    run = 0
    for k in range(n):
        place = min(int((ordered[k] - lowest) * per_unit), ENTROPY_BINS - 1)
        if place != present:
            if run > 0:
                total += run * log2(run)
            present = place
            run = 0
        run += 1
    total += run * log2(run)
    return float(max(log2(n) - total / n, 0.0))


@kernel
def _percentile(ordered: NDArray[np.float64], share: float) -> float:
    place = share * (ordered.size - 1)
    k = int(place)
    low = ordered[k]
    high = ordered[min(k + 1, ordered.size - 1)]
    return float(low + (high - low) * (place - k))


@kernel
def _statistics(rows: NDArray[np.float64], ordered: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    n = rows.shape[1]
    for i in range(rows.shape[0]):
        row = rows[i]
        mean = mean_of(row)
        if isnan(mean):
            out[i, :] = nan
            continue
        low = ordered[i, 0]
        high = ordered[i, n - 1]
        peak = max(high - mean, mean - low)
        out[i, :] = 0.0
        out[i, 0] = mean
        for j in range(_SHARES.size):
            out[i, _FIRST_PERCENTILE + j] = _percentile(ordered[i], _SHARES[j])
        if high == low:
            out[i, 2] = abs(mean)
            continue
        second = 0.0
        third = 0.0
        fourth = 0.0
        crossings = 0
        above = row[0] > mean
        for k in range(n):
            # In units of the peak, so that no power overflows or vanishes.
            x = (row[k] - mean) / peak
            square = x * x
            second += square
            third += square * x
            fourth += square * square
            crossings += (row[k] > mean) != above
            above = row[k] > mean
        variance = second / n
        deviation = sqrt(variance)
        out[i, 1] = deviation * peak
        out[i, 2] = sqrt(mean * mean + variance * peak * peak)
        out[i, 3] = peak
        out[i, 4] = high - low
        out[i, 5] = 1.0 / deviation
        out[i, 6] = third / n / (variance * deviation)
        out[i, 7] = fourth / n / (variance * variance)
        out[i, 8] = _entropy_bit(ordered[i])
        out[i, 9] = crossings / (n - 1)
