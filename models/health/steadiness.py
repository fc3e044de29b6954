"""Equal readings: a sensor that is stuck, and one that is clipped at a rail.

Both are judged against what the sensor did before. Stuck: far more equal readings in a row than ever, inside the range
seen, and not begun by a jump (a new level is the machine's doing). Clipped: the series comes back, again and again, to
exactly its extreme of late, more often than close to it; or it rests there as long as one would need to be stuck. The
first long rest of a cycle that is cut off cannot be told from stuck; the second can.
A sensor that seldom changes, or that only counts up, is at rest and not stuck; so is one at its extreme of zero.
"""

from math import log, sqrt

from models.health.state import CLIPPED, HIGH, LOW, OK, STUCK
from models.kernel import Record, kernel
from models.transition import EPISODE

FEWEST_EQUAL = 30
TIMES_LONGEST = 4.0
CHANCE = 1e-9
"""Of a run as long, in a sensor that repeats its readings at random as often as it did."""

FEWEST_CHANGES = 100
MOST_REPEATS_PER_CHANGE = 9
LEAST_REVERSALS = 0.05
JUMP = 5.0
"""Times the usual change."""

MOVES = 256.0
"""Changes over which the usual one is taken."""

SLOW_SHARE = 0.2
"""Share of repeats from which on a series is slow for its resolution, so that it stays long where it turns round."""

RAIL_READINGS = 250
IDLE_READINGS = 128
"""After which a rail is touched no more; after a long rest there it is twice as many, as in a cycle half cut off."""

FEWEST_TOUCHES = 10
TIMES_MOST_TOUCHES = 4
NEAR_SHARE = 0.25
TOUCHES_PER_NEAR = 1.25
AWAY_QUANTA = 4.0
COUNTED_PER_RUN = 3
_COUNT_LIMIT = 60_000
_BYTE = 255


@kernel
def repeat_share(state: Record) -> float:
    """Return the share of healthy readings that equalled the one before; 1 where nothing is known."""
    n = float(state.health_repeats) + float(state.health_ups) + float(state.health_downs)
    return state.health_repeats / n if n > 0.0 else 1.0


@kernel
def is_lively(state: Record) -> bool:
    """Return whether the sensor changes so often, up and down, that standing still means something."""
    ups, downs, repeats = int(state.health_ups), int(state.health_downs), int(state.health_repeats)
    changes = ups + downs
    return bool(
        changes >= FEWEST_CHANGES
        and repeats <= MOST_REPEATS_PER_CHANGE * changes
        and min(ups, downs) >= LEAST_REVERSALS * changes
    )


@kernel
def implausible_run(state: Record) -> float:
    """Return how many equal readings in a row are too many.

    A sine of amplitude A read in steps of q repeats a value 2 (2 A / q)^½ times as often at its top as on its slope.
    """
    share = repeat_share(state)
    times = TIMES_LONGEST
    if share > SLOW_SHARE and state.health_quantum > 0.0:
        times += 2.0 * sqrt(2.0 * (state.range_high - state.range_low) / state.health_quantum)
    by_chance = log(CHANCE) / log(share) if 0.0 < share < 1.0 else 0.0
    return float(max(FEWEST_EQUAL, by_chance, times * state.health_longest_run))


@kernel
def follow_run(state: Record, value: float, ts_us: int, learn_readings: int) -> None:
    """Take a finite value, before it enters the ring, into the present run of equal readings."""
    if state.readings == 0:
        state.health_run = 1
        state.health_run_ts_us = ts_us
        return
    step = value - state.ring[0]
    if step == 0.0:
        state.health_run += 1
        return
    if state.health_run >= FEWEST_EQUAL and state.health_state in (STUCK, CLIPPED):
        _suspect_rail(state, HIGH if step < 0.0 else LOW)
    size = abs(step)
    if state.health_state == OK:
        _learn(state, step, learn_readings)
    state.health_jumped = state.health_move > 0.0 and size > JUMP * state.health_move
    if state.health_state == OK and not (state.health_jumped and state.learned >= learn_readings):
        changes = int(state.health_ups) + int(state.health_downs)
        state.health_move += (size - state.health_move) * max(1.0 / changes, 1.0 / MOVES)
        state.health_quantum = min(state.health_quantum, size) if state.health_quantum > 0.0 else size
    elif state.health_state != OK:
        state.health_longest_run = max(
            state.health_longest_run, min(state.health_run, 2 * state.health_longest_run + 1)
        )
    state.health_run = 1
    state.health_run_ts_us = ts_us


@kernel
def _suspect_rail(state: Record, side: int) -> None:
    """Remember where the series rested that now leaves it: if it comes back to exactly there, it was a rail."""
    if state.ring[0] == 0.0:
        return
    begin_touches(state, side)
    state.health_rail[side] = state.ring[0]
    state.health_touches[side] = COUNTED_PER_RUN + 1
    state.health_idle[side] = 0
    state.health_away[side] = 0


@kernel
def _learn(state: Record, step: float, learn_readings: int) -> None:
    """Take the run that `step` ends into what is usual; after the learning stretch its length at most doubles."""
    run = int(state.health_run)
    longest = int(state.health_longest_run)
    if state.learned >= learn_readings:
        run = min(run, 2 * longest + 1)
    state.health_longest_run = max(longest, run)
    state.health_repeats = min(int(state.health_repeats) + run - 1, _COUNT_LIMIT)
    if step > 0.0:
        state.health_ups += 1
    else:
        state.health_downs += 1
    if max(int(state.health_ups), int(state.health_downs), int(state.health_repeats)) >= _COUNT_LIMIT:
        state.health_ups //= 2
        state.health_downs //= 2
        state.health_repeats //= 2


@kernel
def run_is_implausible(state: Record, ts_us: int, stuck_after_us: int) -> bool:
    """Return whether the present run is too long, in readings and in time, for a sensor that was lively."""
    return bool(
        state.health_run >= FEWEST_EQUAL
        and state.health_jumped == 0
        and ts_us - state.health_run_ts_us >= stuck_after_us
        and is_lively(state)
        and state.health_run >= implausible_run(state)
    )


@kernel
def state_of_rest(state: Record, value: float) -> int:
    """Return what a sensor is that rests at `value` for implausibly long; notes the side where it is clipped.

    At the edge of the range seen, or where it came back to before, that is a rail; but a level never seen that opened
    an episode is the machine's doing, and zero at the edge is no signal.
    """
    for side in range(2):
        if value == state.health_rail[side] and value != 0.0 and state.health_touches[side] > COUNTED_PER_RUN:
            state.health_side = side
            return CLIPPED
    if state.range_low < value < state.range_high:
        return STUCK
    if value == 0.0 or state.open[EPISODE] == 1:
        return OK
    state.health_side = HIGH if value >= state.range_high else LOW
    return CLIPPED


@kernel
def follow_rail(state: Record, side: int, value: float, learn_readings: int) -> None:
    """Take a finite value, after its run is known, into the extreme of late on one side."""
    below = state.health_rail[side] - value if side == HIGH else value - state.health_rail[side]
    if below < 0.0 or state.readings == 0:
        _learn_touches(state, side, learn_readings)
        _set_rail(state, side, value)
        return
    state.health_age[side] += 1
    if state.health_age[side] == RAIL_READINGS:
        _learn_touches(state, side, learn_readings)
        if state.health_idle[side] == _BYTE:
            _set_rail(state, side, value)
            return
    if below == 0.0:
        # A repeat tells as much as a return where repeats are rare.
        again = state.health_run <= COUNTED_PER_RUN and repeat_share(state) < SLOW_SHARE
        if state.health_jumped == 0 and (state.health_away[side] == 1 or again):
            state.health_touches[side] = min(int(state.health_touches[side]) + 1, _BYTE)
            state.health_idle[side] = min(int(state.health_idle[side]), _BYTE - IDLE_READINGS)
        state.health_away[side] = 0
        return
    state.health_idle[side] = min(int(state.health_idle[side]) + 1, _BYTE)
    if below >= AWAY_QUANTA * state.health_quantum:
        state.health_away[side] = 1
    if below <= max(NEAR_SHARE * state.health_move, 1.5 * state.health_quantum):
        state.health_near[side] = min(int(state.health_near[side]) + 1, _BYTE)


@kernel
def _set_rail(state: Record, side: int, value: float) -> None:
    state.health_rail[side] = value
    state.health_idle[side] = _BYTE
    state.health_away[side] = 0


@kernel
def _learn_touches(state: Record, side: int, learn_readings: int) -> None:
    """Begin to count anew; after the learning stretch what is usual at most doubles."""
    touches = int(state.health_touches[side])
    most = int(state.health_most_touches)
    if touches > most and state.health_state == OK:
        state.health_most_touches = min(touches, 2 * most + 1) if state.learned >= learn_readings else touches
    begin_touches(state, side)


@kernel
def begin_touches(state: Record, side: int) -> None:
    """Count the touches of a rail anew."""
    state.health_touches[side] = 0
    state.health_near[side] = 0
    state.health_age[side] = 0


@kernel
def rail_is_hit(state: Record, side: int) -> bool:
    """Return whether the series comes back to its rail on one side too often, and oftener than close to it."""
    touches = int(state.health_touches[side])
    return bool(
        touches >= FEWEST_TOUCHES
        and touches >= min(TIMES_MOST_TOUCHES * int(state.health_most_touches), _BYTE)
        and touches >= TOUCHES_PER_NEAR * state.health_near[side]
        and state.health_rail[side] != 0.0
    )


@kernel
def rail_is_touched(state: Record, side: int) -> bool:
    """Return whether the series came back to its rail on one side of late."""
    return bool(state.health_idle[side] < _BYTE)
