"""Missing samples: seen from sequence numbers that skip, or from a time far longer than the usual one.

A sensor whose numbers count on by one is judged by them alone: it may pause. Any other is judged by the time: a gap is
`GAP_PERIODS` of its usual periods and `GAP_LONGEST` of its longest healthy ones, so that irregular reporting is none.
"""

from models.health.state import OK, SILENT
from models.kernel import Record, kernel

FEWEST_MISSING = 5
GAP_PERIODS = 10.0
GAP_LONGEST = 4.0
PERIODS_LEARNED = 30
STEADY = 32
_SLOWEST = 0.02


@kernel
def lost_before(state: Record, ts_us: int, seq: int) -> float:
    """Return how many samples are missing before a reading that is about to be placed, 0 for a few; learns the period.

    To be called with every reading, before it is noted as the last one placed.
    """
    if state.placed == 0:
        return 0.0
    interval_us = float(ts_us - state.last_ts_us)
    step = seq - state.last_seq if seq >= 0 and state.last_seq >= 0 else 0
    numbered = state.health_steady >= STEADY
    state.health_steady = min(state.health_steady + 1, 255) if step == 1 else state.health_steady // 2
    lost = 0.0
    if numbered and step > 0:
        lost = step - 1.0
    elif state.readings > PERIODS_LEARNED and interval_us > max(
        GAP_PERIODS * state.health_period_us, GAP_LONGEST * state.health_longest_us
    ):
        lost = interval_us / state.health_period_us - 1.0
        # A pause that keeps coming back is told less and less often.
        state.health_longest_us = min(interval_us, 2.0 * state.health_longest_us)
    if lost >= FEWEST_MISSING:
        return lost
    if state.health_state == SILENT and numbered and step == 1:
        # Nothing was lost: it paused of its own accord, and may do so again.
        state.health_longest_us = max(state.health_longest_us, interval_us)
    if state.health_state == OK:
        _learn(state, interval_us)
    return 0.0


@kernel
def continues(state: Record, ts_us: int, seq: int) -> bool:
    """Whether a reading that has arrived follows the last one placed, with nothing lost in between."""
    if seq >= 0 and state.last_seq >= 0:
        return bool(seq == state.last_seq + 1)
    interval_us = float(ts_us - state.last_ts_us)
    return bool(0.0 < interval_us <= max(GAP_PERIODS * state.health_period_us, GAP_LONGEST * state.health_longest_us))


@kernel
def _learn(state: Record, interval_us: float) -> None:
    """Move the period a little towards the median interval."""
    if state.health_period_us == 0.0:
        state.health_period_us = interval_us
    else:
        share = max(1.0 / state.placed, _SLOWEST) if state.placed * _SLOWEST < 1.0 else _SLOWEST
        state.health_period_us *= 1.0 + (share if interval_us > state.health_period_us else -share)
    state.health_longest_us = max(state.health_longest_us, interval_us)
