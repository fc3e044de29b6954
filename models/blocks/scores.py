"""How strange a block is: three looks at its standardised columns, and one calibrated score.

Each detector's value is compared with its own maxima over stretches of healthy blocks (Gumbel tail); the smallest of
the p-values times their number holds under any dependence between them.
Source: Bonferroni (1936); Dunn (1961), Multiple comparisons among means, JASA 56. Gumbel: models/detectors/gumbel.py.
"""

from math import isnan, log10, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from models.blocks.baseline import GROUP_WIDTH
from models.blocks.columns import DETECTORS, SHAPE, SPECTRUM
from models.blocks.state import Record
from models.calibration import combination
from models.detectors import gumbel
from models.kernel import kernel

CAP = 6.0
"""One column counts at most so many scales, so that no single line stands for a spectrum."""

STRETCH_BLOCKS = 5
MEMORY_STRETCHES = 200
LARGEST_SCORE = 300.0
FEW_STRETCHES = 3.0
"""So many maxima make the spread of the tail twice as wide as they say; more of them less."""

DETECTORS_WEIGHT = len(DETECTORS) / (len(DETECTORS) + 1)
"""Of the detectors beside a trained model."""

_LEAST_SPREAD = 0.04


@kernel
def expected(state: Record, column: int, x: float) -> float:
    """Return the healthy value of a judged column at ln(speed) − ln_speed = x."""
    healthy = state.healthy[column]
    return float(healthy[0] + x * (healthy[1] + x * healthy[2]))


@kernel
def knows_speed(state: Record, ln_speed: float) -> bool:
    """Return whether a speed lies within those learned, or beyond them by at most GROUP_WIDTH."""
    low, high = state.ln_speed_range[0], state.ln_speed_range[1]
    return bool(low - GROUP_WIDTH <= ln_speed <= high + GROUP_WIDTH)


@kernel
def scales_off(state: Record, value: float, column: int, x: float) -> float:
    """Return how many scales a judged column is from its healthy mean; NaN where it cannot say."""
    per_scale = state.per_scale[column]
    return float((value - expected(state, column, x)) * per_scale) if per_scale > 0.0 else nan


@kernel
def standardise(state: Record, values: NDArray[np.float64], x: float, z: NDArray[np.float64]) -> None:
    """Write how many scales each judged column (columns,) is from its healthy mean; NaN where it cannot say."""
    for j in range(len(values)):
        z[j] = scales_off(state, values[j], j, x)


@kernel
def detect(
    z: NDArray[np.float64], group: NDArray[np.uint8], is_rise: NDArray[np.uint8], out: NDArray[np.float64]
) -> None:
    """Write the values of the detectors (3,): mean |z| of the spectrum's columns, rms z of the others, largest rise."""
    absolute, squares, rise = 0.0, 0.0, nan
    in_spectrum, in_shape = 0, 0
    for j in range(len(z)):
        if isnan(z[j]):
            continue
        size = min(abs(z[j]), CAP)
        if group[j] == SPECTRUM:
            absolute += size
            in_spectrum += 1
        elif group[j] == SHAPE:
            squares += size * size
            in_shape += 1
        if is_rise[j] == 1 and not z[j] <= rise:
            rise = z[j]
    out[0] = absolute / in_spectrum if in_spectrum > 0 else nan
    out[1] = sqrt(squares / in_shape) if in_shape > 0 else nan
    out[2] = rise


@kernel
def score(state: Record, values: NDArray[np.float64]) -> float:
    """Return −log10 of the combined p-value of the detectors' values; NaN where none can say."""
    smallest, judged = 1.0, 0
    for d in range(len(values)):
        if isnan(values[d]):
            continue
        judged += 1
        count = max(state.maxima_count, 1)
        spread = sqrt(state.maxima_var[d] * (1.0 + 1.0 / count)) * (1.0 + FEW_STRETCHES / count)
        spread = max(spread, _LEAST_SPREAD * abs(state.maxima_mean[d]), 1e-9)
        smallest = min(smallest, gumbel.tail(gumbel.reduced(values[d], state.maxima_mean[d], spread)))
    if judged == 0:
        return nan
    return float(min(-log10(max(min(judged * smallest, 1.0), 1e-300)), LARGEST_SCORE))


@kernel
def joined(score: float, champion_p: float) -> float:
    """Return the score of a block whose detectors gave `score`, together with the p-value of a trained model.

    The model counts as one detector more; the Cauchy combination holds under the dependence between them.
    """
    if isnan(champion_p):
        return score
    p_value = combination.joined(10.0**-score, DETECTORS_WEIGHT, champion_p)
    return float(min(-log10(max(p_value, 1e-300)), LARGEST_SCORE))


@kernel
def learn(state: Record, values: NDArray[np.float64]) -> None:
    """Take the detectors' values of a healthy block into the maxima."""
    for d in range(len(values)):
        if state.stretch_fill == 0 or not values[d] <= state.stretch_max[d]:
            state.stretch_max[d] = values[d] if not isnan(values[d]) else 0.0
    state.stretch_fill += 1
    if state.stretch_fill < STRETCH_BLOCKS:
        return
    state.stretch_fill = 0
    state.maxima_count += 1
    weight = max(1.0 / state.maxima_count, 1.0 / MEMORY_STRETCHES)
    for d in range(len(values)):
        step = state.stretch_max[d] - state.maxima_mean[d]
        state.maxima_mean[d] += weight * step
        state.maxima_var[d] = (1.0 - weight) * (state.maxima_var[d] + weight * step * step)
