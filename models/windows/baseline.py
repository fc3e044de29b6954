"""Each sensor's own healthy mean and variance of every feature: what makes rows of different sensors comparable.

Source: Finch, T. (2009), Incremental calculation of weighted mean and variance.
"""

from math import isfinite, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel
from models.prefetch import AHEAD, prefetch
from models.windows.sensor_state import SENSOR_BYTES
from models.windows.state import ANOMALY_OPEN, LEARNING, UNHEALTHY

FIRST_ROWS = 4
"""Rows learned before a row is standardised."""

MEMORY_ROWS = 4096.0
"""Beyond so many rows learned, older ones fade with this time constant."""

LEARN_LIMIT_Z = 6.0
"""What is learned is cut here once the baseline is settled, so that a fault not found yet does not own it."""

SETTLED_ROWS = 16
KNOWN_ROWS = 40
"""From so many rows of its own on a sensor borrows nothing, and is one of those that lend."""

LENT_ROWS = 40.0
_LEAST_SHARE = 1e-6


def standardised(
    features: NDArray[np.float64], mean: NDArray[np.float64], variance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the z-scores (k,) of one feature row by a given mean and variance (k,), as `standardise` has them."""
    sd = np.sqrt(variance) + _LEAST_SHARE * np.abs(mean) + 1e-12
    z: NDArray[np.float64] = ((features - mean) / sd).astype(np.float32).astype(np.float64)
    return z


@kernel
def standardise(
    states: NDArray[np.void],
    rows: NDArray[np.int64],
    flags: NDArray[np.int64],
    is_first: NDArray[np.int64],
    features: NDArray[np.float64],
    chunk: int,
    learned: NDArray[np.int64],
    usual: NDArray[np.float64],
    z: NDArray[np.float64],
    may_learn: NDArray[np.bool_],
    fleet: NDArray[np.void],
) -> None:
    """Write the mean (n, k) of the baseline before each feature row (n, k), its z, and learn it where it is healthy.

    `rows` (n,) are places in `states`, `flags` those of the windows; before one that `is_first`, what was learned is
    forgotten. `chunk` is the present one of the type. NaN while a baseline is too young. `learned` (n,) gets the rows
    learned before each, `may_learn` (n,) what may teach the models. To a sensor that borrows, the `fleet` (1,) counts
    as LENT_ROWS rows until it has KNOWN_ROWS of its own.
    """
    for i in range(len(rows)):
        if i + AHEAD < len(rows):
            prefetch(states, rows[i + AHEAD], SENSOR_BYTES)
        state = states[rows[i]]
        if is_first[i]:
            # Its values are brought back to one operating mode from here on, those of the fleet may not be.
            state.learned = 0
            state.borrows = 0
        open_before = state.was_open if state.changed_in == chunk else state.open
        healthy = flags[i] & (ANOMALY_OPEN | UNHEALTHY) == 0 and open_before == 0
        learned[i] = state.learned
        share = 0.0
        if state.borrows == 1 and state.learned < KNOWN_ROWS:
            share = LENT_ROWS / (LENT_ROWS + state.learned)
        known = state.learned >= FIRST_ROWS or share > 0.0
        rate = 1.0 / min(state.learned + 1.0, MEMORY_ROWS)
        for j in range(features.shape[1]):
            x = features[i, j]
            mean, variance = state.mean[j], state.variance[j]
            sd = sqrt(variance) + _LEAST_SHARE * abs(mean) + 1e-12
            usual[i, j], usual_sd = mean, sd
            if share > 0.0:
                away = mean - fleet[0].mean[j]
                usual[i, j] = mean - share * away
                # Of both together, as of one sample.
                of_both = share * fleet[0].variance[j] + (1.0 - share) * (variance + share * away * away)
                usual_sd = sqrt(of_both) + _LEAST_SHARE * abs(usual[i, j]) + 1e-12
            z[i, j] = nan
            if not isfinite(x):
                continue
            if known:
                z[i, j] = np.float32((x - usual[i, j]) / usual_sd)
            if healthy:
                step = x - mean
                if state.learned >= SETTLED_ROWS:
                    step = min(max(step, -LEARN_LIMIT_Z * sd), LEARN_LIMIT_Z * sd)
                state.mean[j] = mean + rate * step
                state.variance[j] = (1.0 - rate) * (variance + rate * step * step)
        may_learn[i] = healthy and known and flags[i] & LEARNING == 0
        if healthy:
            state.learned += 1
