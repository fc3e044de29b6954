"""Rolling mean and standard deviation, lags, rate of change, EWMA and MACD of one series.

Means and deviations are taken in two passes over the last readings, never by subtracting large sums. The standard
deviation divides by the window length. A window or lag that reaches before the first reading is NaN.
Source: Appel, G. (2005), Technical Analysis, FT Press, for MACD(12, 26, 9).
"""

from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray

from models.features.names import (
    EWMA,
    FEATURE_NAMES,
    LAG_1,
    LAGS,
    MACD,
    MACD_SIGNAL,
    MEAN_5,
    MEAN_10,
    MEAN_20,
    RATE,
    STD_5,
    STD_10,
    STD_20,
    TOLD,
    VALUE,
)
from models.kernel import Record, kernel
from models.series_state import RING

ALPHA_12 = 2.0 / 13.0
ALPHA_26 = 2.0 / 27.0
ALPHA_SIGNAL = 2.0 / 10.0
ALPHA_EWMA = 2.0 / 21.0
IS_LEVEL = np.array([name in ("value", "mean_5", "mean_10", "mean_20", "ewma") for name in FEATURE_NAMES], np.float64)
"""1 for a feature that is a level of the series and is learned as a difference from its base, else 0."""

_LAGS = np.array(LAGS)
_FLOAT32_LARGE = 1e38


@kernel
def push(state: Record, value: float, ts_us: int) -> None:
    """Take one finite value into the ring (newest first) and the moving averages."""
    if state.readings == 0:
        state.base = value
        state.ring[:] = value
    else:
        state.rate_per_s = (value - state.ring[0]) / ((ts_us - state.value_ts_us) * 1e-6)
    for k in range(RING - 1, 0, -1):
        state.ring[k] = state.ring[k - 1]
    state.ring[0] = value
    state.readings += 1
    state.value_ts_us = ts_us
    x = value - state.base
    state.ema_12 += ALPHA_12 * (x - state.ema_12)
    state.ema_26 += ALPHA_26 * (x - state.ema_26)
    state.macd_signal += ALPHA_SIGNAL * (state.ema_12 - state.ema_26 - state.macd_signal)
    state.ewma += ALPHA_EWMA * (x - state.ewma)


@kernel
def _five(ring: NDArray[np.float64], start: int, origin: float) -> float:
    """Return the sum of differences from `origin` of five readings."""
    total = 0.0
    for k in range(start, start + 5):
        total += ring[k] - origin
    return total


@kernel
def _five_squares(ring: NDArray[np.float64], start: int, mean: float) -> float:
    """Return the sum of squared differences from `mean` of five readings."""
    total = 0.0
    for k in range(start, start + 5):
        total += (ring[k] - mean) * (ring[k] - mean)
    return total


@kernel
def compute(state: Record, features: NDArray[np.float64]) -> None:
    """Write the features after the latest reading into `features`, in the order of FEATURE_NAMES."""
    n = state.readings
    ring = state.ring
    newest = ring[0]
    # Sums of five are shared by the windows, and short chains of additions run side by side.
    a = _five(ring, 0, newest)
    b = _five(ring, 5, newest)
    c = _five(ring, 10, newest)
    d = _five(ring, 15, newest)
    mean_5 = newest + a / 5.0
    mean_10 = newest + (a + b) / 10.0
    mean_20 = newest + ((a + b) + (c + d)) / 20.0
    square_5 = _five_squares(ring, 0, mean_5)
    square_10 = _five_squares(ring, 0, mean_10) + _five_squares(ring, 5, mean_10)
    square_20 = (_five_squares(ring, 0, mean_20) + _five_squares(ring, 5, mean_20)) + (
        _five_squares(ring, 10, mean_20) + _five_squares(ring, 15, mean_20)
    )
    features[VALUE] = newest
    features[MEAN_5] = mean_5 if n >= 5 else nan
    features[STD_5] = sqrt(square_5 / 5.0) if n >= 5 else nan
    features[MEAN_10] = mean_10 if n >= 10 else nan
    features[STD_10] = sqrt(square_10 / 10.0) if n >= 10 else nan
    features[MEAN_20] = mean_20 if n >= 20 else nan
    features[STD_20] = sqrt(square_20 / 20.0) if n >= 20 else nan
    features[RATE] = state.rate_per_s if n > 1 else nan
    features[EWMA] = state.base + state.ewma
    features[MACD] = state.ema_12 - state.ema_26
    features[MACD_SIGNAL] = state.macd_signal
    for j in range(_LAGS.size):
        features[LAG_1 + j] = ring[_LAGS[j]] if n > _LAGS[j] else nan


@kernel
def learn(state: Record, features: NDArray[np.float64], slowest: float) -> None:
    """Move the mean and variance of each feature towards the present, by 1/n first and `slowest` later.

    Begins when every window is full.
    """
    if state.readings < RING:
        return
    rate = max(1.0 / (state.learned + 1.0), slowest)
    base = state.base
    means = state.feature_mean
    variances = state.feature_var
    for j in range(TOLD):
        step = features[j] - IS_LEVEL[j] * base - means[j]
        means[j] += rate * step
        variances[j] = min((1.0 - rate) * (variances[j] + rate * step * step), _FLOAT32_LARGE)
