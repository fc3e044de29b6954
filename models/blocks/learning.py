"""The rows that a sensor's baseline is fitted on, and the fit itself."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.blocks import scores
from models.blocks.baseline import fit
from models.blocks.columns import DETECTORS, FIRST_CEPSTRUM, GROUP, IS_RISE
from models.blocks.state import KEPT_ROWS, Record
from models.kernel import kernel

MAX_OF_FIVE_MEAN, MAX_OF_FIVE_VAR = 1.163, 0.4475
"""Of five standard Gaussian numbers."""


@kernel
def keep(state: Record, kept: NDArray[np.float32], values: NDArray[np.float64], ln_speed: float, ts_us: int) -> None:
    """Take a block's judged columns into the rows to learn from; when they are full, every second one leaves."""
    if np.isnan(values[FIRST_CEPSTRUM]):
        return
    if state.learned == 0:
        state.first_ts_us = ts_us
        state.kept_every = 1
    if state.kept_rows == KEPT_ROWS and state.learned % state.kept_every == 0:
        for k in range(KEPT_ROWS // 2):
            for j in range(kept.shape[1]):
                kept[k, j] = kept[2 * k, j]
        kept[KEPT_ROWS // 2 :] = 0.0
        state.kept_rows = KEPT_ROWS // 2
        state.kept_every *= 2
    if state.learned % state.kept_every == 0:
        for j in range(len(values)):
            kept[state.kept_rows, j] = values[j]
        kept[state.kept_rows, len(values)] = ln_speed
        state.kept_rows += 1
    state.learned += 1


def learn_from(states: NDArray[np.void], row: int, kept: NDArray[np.float32]) -> None:
    """Fit the baseline of `row` on its rows `kept` (KEPT_ROWS, columns + 1), calibrate on them, and free them."""
    state: Any = states[row : row + 1]
    m = int(state["kept_rows"][0])
    # Machines run in: of a long time of learning only the second half is what stays.
    first = m // 2 if state["kept_every"][0] > 1 else 0
    rows = kept[first:m].astype(np.float64)
    found = fit(rows[:, :-1], rows[:, -1])
    state["by_speed"], state["ln_speed"], state["ln_speed_range"] = found.by_speed, found.ln_speed, found.ln_speed_range
    state["healthy"], state["per_scale"] = found.healthy, found.per_scale
    state["is_learned"] = 1
    z = np.where(found.per_scale > 0.0, found.z, np.nan)
    detected = np.full((len(z), len(DETECTORS)), np.nan)
    _detect(z, GROUP, IS_RISE, detected)
    state["maxima_count"] = max(len(z) // scores.STRETCH_BLOCKS, 1)
    state["maxima_mean"], state["maxima_var"] = _expected_maxima(detected)
    state["kept_rows"] = 0
    kept[:] = 0.0


def _expected_maxima(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and variance of the largest of five like `values` (m, detectors), were they Gaussian.

    Few rows say more about the mean and spread of values than about those of their maxima.
    Source: Harter (1961), Expected values of normal order statistics, Biometrika 48.
    """
    known = np.where(np.isfinite(values), values, 0.0)
    mean, var = known.mean(axis=0), known.var(axis=0)
    return mean + MAX_OF_FIVE_MEAN * np.sqrt(var), MAX_OF_FIVE_VAR * var


@kernel
def _detect(
    z: NDArray[np.float64], group: NDArray[np.uint8], is_rise: NDArray[np.uint8], detected: NDArray[np.float64]
) -> None:
    for i in range(len(z)):
        scores.detect(z[i], group, is_rise, detected[i])
