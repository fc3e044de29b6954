"""How unlike itself a sensor moves: how far it is from the moving average of its own values, by what is usual for it.

A broken relation of two sensors says little of which of them left it: the residual is about the same for both. But a
fault that begins with a step shows in the sensor's own values, whatever the other one does.
Source: Muth, J. F. (1960), Optimal properties of exponentially weighted forecasts, J. Amer. Stat. Assoc. 55, for the
forecast; Basseville, M., Nikiforov, I. (1993), Detection of Abrupt Changes, Prentice Hall, for its innovations.
"""

from math import sqrt

from models.kernel import Record, kernel

WEIGHT = 0.5
MEMORY = 0.95
"""Share of the largest step that is left after a tick; from the onset of what may be a fault on, all is left."""

SLOWEST = 1.0 / 400.0
CUT = 3.0
CUT_FROM = 30


@kernel
def follow(slot: Record, standard: float, is_suspected: bool, teaches: bool) -> None:
    """Take the standardised value of a tick, after `slot.calibrated` others; it may teach what is usual."""
    ticks = slot.calibrated
    step = standard - slot.foretold
    slot.foretold += (WEIGHT if ticks > 0 else 1.0) * step
    if ticks == 0:
        return
    usual = sqrt(slot.step_square)
    kept = slot.largest_step if is_suspected else MEMORY * slot.largest_step
    slot.largest_step = max(kept, abs(step) / usual if usual > 0.0 else 0.0)
    if teaches:
        if ticks >= CUT_FROM:
            step = min(max(step, -CUT * usual), CUT * usual)
        slot.step_square += max(1.0 / ticks, SLOWEST) * (step * step - slot.step_square)
