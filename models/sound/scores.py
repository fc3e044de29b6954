"""How unlikely a distance is, by the maxima of healthy ones over stretches of clips (Gumbel tail).

Each microphone has maxima of its own of each detector: what one says of a machine is no measure for another.
"""

from math import isnan, log10, nan, sqrt

from models.detectors import gumbel
from models.kernel import Record, kernel

STRETCH_CLIPS = 10
MEMORY_STRETCHES = 200
FEW_STRETCHES = 3.0
"""So many maxima make the spread of the tail twice as wide as they say; more of them less."""

LARGEST_SCORE = 300.0


@kernel
def score(state: Record, detector: int, distance: float) -> float:
    """Return −log10 of the p-value of a detector's distance; NaN where it is not known."""
    if isnan(distance):
        return nan
    count = max(state.maxima_count[detector], 1)
    spread = sqrt(state.maxima_var[detector] * (1.0 + 1.0 / count)) * (1.0 + FEW_STRETCHES / count)
    p = gumbel.tail(gumbel.reduced(distance, state.maxima_mean[detector], max(spread, 1e-9)))
    return min(-log10(max(p, 1e-300)), LARGEST_SCORE)


@kernel
def learn_maximum(state: Record, detector: int, distance: float) -> None:
    """Take a detector's distance of a healthy clip into its maxima; NaN is none."""
    if isnan(distance):
        return
    if state.stretch_fill[detector] == 0 or distance > state.stretch_max[detector]:
        state.stretch_max[detector] = distance
    state.stretch_fill[detector] += 1
    if state.stretch_fill[detector] < STRETCH_CLIPS:
        return
    state.stretch_fill[detector] = 0
    state.maxima_count[detector] += 1
    weight = max(1.0 / state.maxima_count[detector], 1.0 / MEMORY_STRETCHES)
    step = state.stretch_max[detector] - state.maxima_mean[detector]
    state.maxima_mean[detector] += weight * step
    state.maxima_var[detector] = (1.0 - weight) * (state.maxima_var[detector] + weight * step * step)


@kernel
def is_calibrated(state: Record, detector: int, clips: int) -> bool:
    """Return whether a detector has maxima of so many healthy clips, and of two stretches at least."""
    count = state.maxima_count[detector]
    return bool(count >= 2 and count * STRETCH_CLIPS + state.stretch_fill[detector] >= clips)


@kernel
def forget(state: Record, detector: int) -> None:
    """Forget the maxima of a detector: another one has taken its place."""
    state.maxima_mean[detector] = 0.0
    state.maxima_var[detector] = 0.0
    state.maxima_count[detector] = 0
    state.stretch_max[detector] = 0.0
    state.stretch_fill[detector] = 0
