"""Noisy: scatter from reading to reading far above the sensor's own, with its level where it was.

The measure is the mean |second difference| of late, which slow movement hardly enters. Electrical noise turns round at
two readings in three; a machine that swings does so at most at two in a period.
"""

from models.health.state import OK
from models.kernel import Record, kernel

WINDOW_READINGS = 32.0
TIMES_USUAL = 8.0
CALM_TIMES_USUAL = 4.0
LARGEST = 20.0
"""Times the usual one: a larger second difference counts as this, so that one wild reading is no noise."""

LEVEL_STRAYS = 0.35
"""Times the roughness: 3 sd of the moving average of white noise, whose mean |second difference| is 1.95 sd."""

LEAST_TURNS = 0.55
QUANTA = 4.0
HOLD_READINGS = 32


@kernel
def follow(state: Record, quiet: bool, learn_readings: int) -> None:
    """Take the reading just put into the ring into the roughness of late, and what is `quiet` into the usual one."""
    if state.readings < 3:
        return
    ring = state.ring
    second = abs(ring[0] - 2.0 * ring[1] + ring[2])
    if state.learned >= learn_readings:
        second = min(second, LARGEST * state.health_rough_usual)
    turns = 1.0 if (ring[0] - ring[1]) * (ring[1] - ring[2]) < 0.0 else 0.0
    state.health_rough += (second - state.health_rough) / WINDOW_READINGS
    state.health_turns += (turns - state.health_turns) / WINDOW_READINGS
    if quiet and state.health_state == OK:
        if state.learned >= learn_readings:
            # Noise that is not told yet is not to become the usual.
            second = min(second, CALM_TIMES_USUAL * state.health_rough_usual)
        state.health_rough_usual += (second - state.health_rough_usual) / min(state.learned + 1, learn_readings)


@kernel
def is_noisy(state: Record, now: bool, learn_readings: int) -> bool:
    """Return whether the series is too rough, and has been for long, or still is where it was noisy until `now`."""
    if now:
        return bool(state.health_rough >= CALM_TIMES_USUAL * state.health_rough_usual)
    level = state.base + state.ewma
    stray = LEVEL_STRAYS * state.health_rough
    rough = (
        state.learned >= learn_readings
        and state.health_rough >= TIMES_USUAL * state.health_rough_usual
        and state.health_rough >= QUANTA * state.health_quantum
        and state.health_turns >= LEAST_TURNS
        and state.range_low - stray <= level <= state.range_high + stray
    )
    state.health_rough_run = min(state.health_rough_run + 1, HOLD_READINGS) if rough else 0
    return bool(state.health_rough_run == HOLD_READINGS)
