"""When a broken relation is raised and cleared: after some ticks beyond a threshold, and some back within another.

Back is also what lies within 0.4 of the mean score since the raise: then the references settle on what the sensors
show, and nothing is raised meanwhile. What has lasted for 20 learning stretches is the new normal state, and ends, too:
then the relations are learned anew. The onset is the first tick since which
the score is above the largest healthy one.
"""

from models.assets import residuals
from models.assets.state import OVERALL
from models.kernel import Record, kernel

NOTHING = 0
RAISE = 1
CLEAR = -1
MILD = 10.0
RETURN_SHARE = 0.4
RETURN_MEMORY_SHARE = 0.4
"""Learning stretches over which the mean score forgets."""

RETURN_LARGEST = 5.0
"""Times the raise threshold; a larger score adds no more to that mean."""

LONGEST_STRETCHES = 20.0
SETTLE_SHARE = 0.2
"""Learning stretches that the references take to settle."""


@kernel
def quiet(head: Record) -> bool:
    """Return whether nothing is open or suspected, so that relations may learn."""
    return bool(head.open == 0 and head.pending == 0 and head.settling == 0)


@kernel
def is_aged(head: Record, learn_ticks: int) -> bool:
    """Return whether the open anomaly has lasted so long that what it shows is normal."""
    return bool(head.open_ticks >= LONGEST_STRETCHES * learn_ticks)


@kernel
def decide(head: Record, score: float, tuning: Record, start_us: int, offset: int) -> int:
    """Return RAISE, CLEAR or NOTHING after a tick with this score; it began at `start_us`, `offset` completed it."""
    if head.open == 1:
        head.peak = max(head.peak, score)
        head.open_ticks += 1
        weight = 1.0 / min(head.open_ticks, RETURN_MEMORY_SHARE * tuning.learn_ticks)
        head.mean_score += weight * (min(score, RETURN_LARGEST * tuning.raise_z) - head.mean_score)
        inside = score < max(tuning.clear_z, RETURN_SHARE * head.mean_score)
        head.returning = head.returning + 1 if inside else 0
        return CLEAR if head.returning >= tuning.clear_hold_ticks or is_aged(head, tuning.learn_ticks) else NOTHING
    if head.settling > 0:
        head.settling -= 1
        return NOTHING
    if score < 1.0:
        head.suspect_ts_us = 0
        head.suspect_offset = 0
    elif head.suspect_ts_us == 0:
        head.suspect_ts_us = start_us
        head.suspect_offset = offset
    if score < tuning.raise_z:
        head.pending = 0
        return NOTHING
    head.pending += 1
    return RAISE if head.pending >= tuning.hold_ticks else NOTHING


@kernel
def open_anomaly(head: Record, named: int, which: int, offset: int, index: int, score: float) -> None:
    """Note that an anomaly is open, raised by the tick that the reading at `offset`, `index` completed."""
    head.open = 1
    head.named = named
    head.which = which
    head.anomaly_offset = offset
    head.anomaly_index = index
    head.first_offset = head.suspect_offset
    head.start_ts_us = head.suspect_ts_us
    head.peak = score
    head.pending = 0
    head.returning = 0


@kernel
def close_anomaly(head: Record, slot: Record, raise_z: float, learn_ticks: int) -> None:
    """Forget an anomaly that is over; `slot` is the one it named, and concedes a little if it was mild."""
    head.settling = int(SETTLE_SHARE * learn_ticks)
    head.open_ticks = 0
    head.mean_score = 0.0
    if head.peak < MILD * raise_z:
        if head.which == OVERALL:
            residuals.concede(head, 0, raise_z)
        else:
            residuals.concede(slot, head.which, raise_z)
    head.open = 0
    head.named = 0
    head.which = 0
    head.anomaly_offset = 0
    head.anomaly_index = 0
    head.first_offset = 0
    head.start_ts_us = 0
    head.suspect_ts_us = 0
    head.suspect_offset = 0
    head.peak = 0.0
    head.returning = 0
