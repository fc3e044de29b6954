"""How unlikely a distance is, by the maxima of healthy ones over stretches of clips (Gumbel tail)."""

from math import isnan, log10, nan, sqrt

from models.detectors import gumbel
from models.kernel import Record, kernel

STRETCH_CLIPS = 10
MEMORY_STRETCHES = 200
FEW_STRETCHES = 3.0
"""So many maxima make the spread of the tail twice as wide as they say; more of them less."""

LARGEST_SCORE = 300.0


@kernel
def score(state: Record, distance: float) -> float:
    """Return −log10 of the p-value of a distance; NaN where it is not known."""
    if isnan(distance):
        return nan
    count = max(state.maxima_count, 1)
    spread = sqrt(state.maxima_var[0] * (1.0 + 1.0 / count)) * (1.0 + FEW_STRETCHES / count)
    p = gumbel.tail(gumbel.reduced(distance, state.maxima_mean[0], max(spread, 1e-9)))
    return min(-log10(max(p, 1e-300)), LARGEST_SCORE)


@kernel
def learn_maximum(state: Record, distance: float) -> None:
    """Take the distance of a healthy clip into the maxima."""
    if state.stretch_fill == 0 or distance > state.stretch_max[0]:
        state.stretch_max[0] = distance
    state.stretch_fill += 1
    if state.stretch_fill < STRETCH_CLIPS:
        return
    state.stretch_fill = 0
    state.maxima_count += 1
    weight = max(1.0 / state.maxima_count, 1.0 / MEMORY_STRETCHES)
    step = state.stretch_max[0] - state.maxima_mean[0]
    state.maxima_mean[0] += weight * step
    state.maxima_var[0] = (1.0 - weight) * (state.maxima_var[0] + weight * step * step)
