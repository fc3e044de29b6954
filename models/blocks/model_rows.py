"""Blocks as trained models see them: the judged columns, each in scales from the sensor's own healthy mean."""

from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from models.blocks import scores
from models.blocks.columns import COLUMNS, GROUP, IS_RISE, LEVEL_AT, UNJUDGED
from models.kernel import kernel

MODEL_PLACES = np.flatnonzero((GROUP != UNJUDGED) | (IS_RISE == 1))
MODEL_COLUMNS: tuple[str, ...] = tuple(COLUMNS[place] for place in MODEL_PLACES)


@kernel
def standard_rows(
    states: NDArray[np.void],
    rows: NDArray[np.int64],
    values: NDArray[np.float64],
    ln_speed: NDArray[np.float64],
    places: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """Write z (n, k) of judged values (n, columns) of the sensors `rows` (n,) at `places` (k,) of their columns.

    A row is NaN where the sensor has not been learned, or where nothing is known of its speed (n,).
    """
    for i in range(len(rows)):
        state = states[rows[i]]
        out[i] = nan
        if state.is_learned == 0 or isnan(values[i, LEVEL_AT]):
            continue
        if state.by_speed == 1 and (isnan(ln_speed[i]) or not scores.knows_speed(state, ln_speed[i])):
            continue
        x = ln_speed[i] - state.ln_speed if state.by_speed == 1 else 0.0
        for j in range(len(places)):
            out[i, j] = scores.scales_off(state, values[i, places[j]], places[j], x)
