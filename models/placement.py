"""One reading put in its place: what it says of its sensor's health, of the machine, and the window it completes."""

from math import isfinite

import numpy as np
from numpy.typing import NDArray

from models import decision, ordering, report
from models.assets.state import ANEW, FAULTY, SOUND, SUSPECT
from models.cold import note_change
from models.detectors import novelty
from models.features import rolling
from models.health import cadence, judge, roughness
from models.health.state import OK
from models.kernel import kernel
from models.machine_judgement import judge_machine
from models.regimes import baseline
from models.regimes.state import NONE
from models.relearning import learn_anew
from models.series_arrays import CHANGES, Bank, Placed
from models.series_state import LARGEST_VALUE, REGIME_PAGE
from models.trace import note
from models.transition import EPISODE, NOVELTY
from models.windows import assembly
from models.windows.assembly import Cut
from models.windows.state import ANOMALY_OPEN, LEARNING, UNHEALTHY


@kernel
def apply(
    bank: Bank,
    row: int,
    position: int,
    ts_us: int,
    value: float,
    seq: int,
    offset: int,
    index: int,
    limit: int,
    regime: int,
    transitions: NDArray[np.void],
    used: int,
    changes: NDArray[np.void],
    counts: NDArray[np.int64],
    cut: Cut,
    placed: Placed,
    trace: NDArray[np.void],
) -> int:
    """Put one reading in its place and judge it; returns the number of transitions written so far."""
    state = bank.hot[row]
    tuning = bank.tuning[0]
    learn_readings = tuning.learn_readings
    lost = cadence.lost_before(state, ts_us, seq)
    ordering.place(state, ts_us, seq)
    missing = not isfinite(value)
    value = np.nan if missing else min(max(value, -LARGEST_VALUE), LARGEST_VALUE)
    judge.before_push(state, value, ts_us, learn_readings)
    # Health looks at what the sensor says; the machine is judged by what that means in its regime.
    usual = bank.cold.regimes[row]
    was_unknown = regime >= 0 and usual.home == 0
    judged = value if missing else baseline.take(usual, regime, value, bank.regime_tuning[0])
    anew = was_unknown and usual.home != 0
    if anew:
        learn_anew(bank, row)
    if regime != NONE:
        note_change(bank.cold, row, REGIME_PAGE)
    silent = not isfinite(judged)
    due = False
    if not silent:
        rolling.push(state, judged, ts_us)
        roughness.follow(state, decision.quiet(state), learn_readings)
        due = assembly.take(state, judged, ts_us, seq, offset, bank.shape[row, 0], bank.shape[row, 1])
    _judge_health(bank, row, position, ts_us, value, lost, limit, offset, index, changes, counts)
    healthy = state.health_state == OK
    if healthy and not silent:
        used = judge_machine(bank, row, position, ts_us, judged, regime, offset, index, transitions, used, trace)
        if regime != NONE and decision.quiet(state):
            baseline.learn(bank.cold.regimes[row], regime, value)
    elif not missing:
        # Whatever it says, it says nothing of the machine; a block begun before is worth nothing any more.
        state.pending = 0
        state.block_fill = 0
        state.health_blocks = novelty.MOST_BLOCKS_NEEDED
        if trace.size > 0:
            note(trace[position], state, tuning, False, 0.0, 0.0, 0.0)
    if due:
        _cut_window(bank, row, position, ts_us, value, regime, offset, index, cut)
    at = placed.used[0]
    placed.position[at] = position
    placed.row[at] = row
    placed.ts_us[at] = ts_us
    placed.value[at] = judged
    trust = SOUND if decision.quiet(state) else SUSPECT
    placed.trust[at] = ANEW if anew else FAULTY if silent or not healthy else trust
    placed.used[0] = at + 1
    return used


@kernel
def _judge_health(
    bank: Bank,
    row: int,
    position: int,
    ts_us: int,
    value: float,
    lost: float,
    limit: int,
    offset: int,
    index: int,
    changes: NDArray[np.void],
    counts: NDArray[np.int64],
) -> None:
    """Judge the sensor after a reading (NaN: missing) and write down a change of its health."""
    tuning = bank.tuning[0]
    change = changes[counts[CHANGES]]
    if judge.judge(
        bank.hot[row], value, ts_us, lost, bank.limits[limit, 0], bank.limits[limit, 1],
        tuning.stuck_after_us, tuning.good_readings, tuning.learn_readings, change,
    ):  # fmt: skip
        change.row = row
        change.position = position
        change.offset = offset
        change.index = index
        counts[CHANGES] += 1


@kernel
def _cut_window(
    bank: Bank, row: int, position: int, ts_us: int, value: float, regime: int, offset: int, index: int, cut: Cut
) -> None:
    """Write the window that falls due with this reading, and what was expected of the reading."""
    state, tuning = bank.hot[row], bank.tuning[0]
    fact = cut.facts[cut.used[0]]
    assembly.cut(state, bank.shape[row, 0], bank.shape[row, 1], cut.samples[cut.used[0]], fact)
    cut.used[0] += 1
    learned = state.learned >= tuning.learn_readings
    if state.open[NOVELTY] == 1 or state.open[EPISODE] == 1:
        fact.flags |= ANOMALY_OPEN
    if state.health_state != OK:
        fact.flags |= UNHEALTHY
    if not learned:
        fact.flags |= LEARNING
    fact.is_first = state.readings <= bank.shape[row, 0]
    fact.row = row
    fact.position = position
    fact.offset = offset
    fact.index = index
    fact.ts_us = ts_us
    fact.value = value
    fact.expected, fact.low, fact.high = np.nan, np.nan, np.nan
    if learned:
        usual = bank.cold.regimes[row]
        fact.expected = baseline.from_home(usual, regime, state.base + state.reference)
        fact.low = baseline.from_home(usual, regime, report.lowest_expected(state, tuning))
        fact.high = baseline.from_home(usual, regime, report.highest_expected(state, tuning))
