"""Which state a sensor is in after a reading: one at a time, the first that holds of those below.

out_of_range · gap (no values) · stuck · clipped · noisy · gap (samples lost before this reading; only from ok).
A sensor is ok again after `good_readings` readings in a row with nothing to say against them.
"""

from math import isfinite, nan

from models.health import cadence, out_of_range, roughness, steadiness
from models.health.state import CLIPPED, GAP, HIGH, LOW, NOISY, OK, OUT_OF_RANGE
from models.kernel import Record, kernel


@kernel
def before_push(state: Record, value: float, ts_us: int, learn_readings: int) -> None:
    """Take in a reading that is about to enter the ring; NaN: missing."""
    if not isfinite(value):
        state.health_missing = min(int(state.health_missing) + 1, 60_000)
        return
    state.health_missing = 0
    steadiness.follow_run(state, value, ts_us, learn_readings)
    steadiness.follow_rail(state, LOW, value, learn_readings)
    steadiness.follow_rail(state, HIGH, value, learn_readings)


@kernel
def judge(
    state: Record,
    value: float,
    ts_us: int,
    lost: float,
    low: float,
    high: float,
    stuck_after_us: int,
    good_readings: int,
    learn_readings: int,
    change: Record,
) -> bool:
    """Judge a reading (NaN: missing) that is in the ring; returns whether the state changed, then told in `change`.

    `lost` samples are missing before it; `low` and `high` are physical limits.
    """
    before = int(state.health_state)
    found = OK
    amount = 0.0
    since_us = ts_us
    period_us = state.health_period_us
    if not isfinite(value):
        if state.health_missing < cadence.FEWEST_MISSING:
            return False
        found = GAP
        amount = float(state.health_missing)
        since_us = ts_us - int((amount - 1.0) * period_us)
    elif out_of_range.follow(state, value, low, high, learn_readings):
        found = OUT_OF_RANGE
        amount = value
        since_us = ts_us - int((out_of_range.HOLD_READINGS - 1) * period_us)
    elif steadiness.run_is_implausible(state, ts_us, stuck_after_us):
        found = steadiness.state_of_rest(state, value)
        amount = float(state.health_run)
        since_us = state.health_run_ts_us
    if found == OK and isfinite(value):
        # Looked at in any case: these two count.
        noisy = roughness.is_noisy(state, before == NOISY, learn_readings)
        if before == CLIPPED:
            side = int(state.health_side)
            found = CLIPPED if steadiness.rail_is_touched(state, side) else OK
            if found == OK:
                steadiness.begin_touches(state, side)
        elif state.learned >= learn_readings:
            for side in range(2):
                if found == OK and steadiness.rail_is_hit(state, side):
                    found = CLIPPED
                    state.health_side = side
                    amount = float(state.health_touches[side])
                    since_us = ts_us - int(state.health_age[side] * period_us)
        if found == OK and noisy:
            found = NOISY
            amount = state.health_rough / state.health_rough_usual if state.health_rough_usual > 0.0 else nan
            since_us = ts_us - int((roughness.HOLD_READINGS + roughness.WINDOW_READINGS / 2) * period_us)
        if found == OK and lost > 0.0 and before == OK:
            found = GAP
            amount = lost
            since_us = ts_us - int(lost * period_us)
    if found == before:
        state.health_good = 0
        return False
    if found == OK:
        state.health_good = state.health_good + 1 if lost == 0.0 else 0
        if state.health_good < good_readings:
            return False
        amount = float(good_readings)
        since_us = ts_us - int((good_readings - 1) * period_us)
    state.health_good = 0
    state.health_state = found
    state.health_since_us = since_us if found != OK else 0
    change.state = found
    change.before = before
    change.ts_us = ts_us
    change.since_ts_us = since_us
    change.value = value
    change.amount = amount
    return True
