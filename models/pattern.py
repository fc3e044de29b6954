"""A `pattern`: raised by strange scores in a row, cleared by usual ones in a row; blocks and clips are judged so.

`state` is a record with `open`, `anomaly_offset`, `pending`, `pending_ts_us`, `pending_offset`, `returning`,
`returning_ts_us` and `peak_score`.
"""

from models.kernel import Record, kernel
from models.report import grade

NOTHING, RAISED, CLEARED = 0, 1, -1


@kernel
def follow(
    state: Record,
    score: float,
    raise_score: float,
    hold: int,
    clear_score: float,
    clear_hold: int,
    ts_us: int,
    back_us: int,
    offset: int,
) -> int:
    """Take in a score; returns RAISED, CLEARED (to be reported, then closed) or NOTHING.

    An anomaly began at `ts_us` if this score is its first strange one, and ended at `back_us` if it is the first usual
    one; `offset` is where it was read.
    """
    if state.open == 1:
        state.peak_score = max(state.peak_score, score)
        usual = score < clear_score
        if usual and state.returning == 0:
            state.returning_ts_us = back_us
        state.returning = state.returning + 1 if usual else 0
        return CLEARED if state.returning >= clear_hold else NOTHING
    if score < raise_score:
        state.pending = 0
        return NOTHING
    if state.pending == 0:
        state.pending_ts_us = ts_us
        state.pending_offset = offset
        state.peak_score = 0.0
    state.pending += 1
    state.peak_score = max(state.peak_score, score)
    if state.pending < hold:
        return NOTHING
    state.open = 1
    state.anomaly_offset = offset
    return RAISED


@kernel
def close(state: Record) -> None:
    """Forget an anomaly that is over, so that equal states are equal bytes."""
    state.open = 0
    state.anomaly_offset = 0
    state.pending = 0
    state.pending_ts_us = 0
    state.pending_offset = 0
    state.returning = 0
    state.returning_ts_us = 0
    state.peak_score = 0.0


@kernel
def tell(state: Record, raised: bool, raise_score: float, ts_us: int, offset: int, transition: Record) -> None:
    """Write what the state says of the anomaly that is (still) open; `ts_us`, `offset`: of what changed it."""
    transition.raised = raised
    transition.anomaly_offset = state.anomaly_offset
    transition.first_offset = state.pending_offset
    transition.last_offset = offset
    transition.ts_us = ts_us
    transition.start_ts_us = state.pending_ts_us
    transition.end_ts_us = 0 if raised else state.returning_ts_us
    transition.score = state.peak_score
    transition.threshold = raise_score
    transition.grade = grade(state.peak_score, raise_score)
    transition.p_value = 10.0**-state.peak_score
