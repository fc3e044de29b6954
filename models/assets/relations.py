"""The loop over readings of many assets: take in the value, and when a tick falls due, judge, decide and learn."""

from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.assets import decision, moments, naming, own_step, precision, relearning, report, residuals, ticks
from models.assets.state import ANEW, HEAD_BYTES, OVERALL, SENSORS, SLOT_BYTES, STATE_VERSION, SUSPECT
from models.kernel import Record, kernel
from models.prefetch import AHEAD, prefetch
from models.series_state import LARGEST_VALUE

REFRESH_TICKS = 16
"""Ticks that taught between two inversions of the correlation matrix."""

SMOOTH_DISTANCE = 1.0 / 10.0


class Assets(NamedTuple):
    """State of all assets as the kernel sees it.

    `key_of_first` (n,) the only sensor of an asset so far, 0 none; `body_of` (n,) where the state of an asset with more
    is in `head` (m,) and `slots` (m, SENSORS), else -1; `used` (1,) how many of the m; `touched` (n,) uint8;
    `key` and `slot` (rows of sensors,) digest of the name, and the slot where it was found last. The rest is scratch
    space: kernels allocate nothing.
    """

    key_of_first: NDArray[np.int64]
    body_of: NDArray[np.int64]
    touched: NDArray[np.uint8]
    head: NDArray[np.void]
    slots: NDArray[np.void]
    used: NDArray[np.int64]
    key: NDArray[np.int64]
    slot: NDArray[np.int8]
    tuning: NDArray[np.void]
    standard: NDArray[np.float64]
    residual: NDArray[np.float64]
    matrix: NDArray[np.float64]
    place: NDArray[np.int64]


class AssetColumns(NamedTuple):
    """Readings in order of arrival, all of one length; `health` of SOUND, SUSPECT, FAULTY, ANEW."""

    asset_row: NDArray[np.int32]
    sensor_row: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    offset: NDArray[np.int64]
    place: NDArray[np.int64]
    health: NDArray[np.uint8]


@kernel
def _find(assets: Assets, head: Record, slots: NDArray[np.void], row: int) -> int:
    """Return the slot of a sensor, a fresh one if there is room; -1: it is not among the first."""
    key = assets.key[row]
    guess = assets.slot[row]
    if guess < head.sensors and slots[guess].key == key:
        return int(guess)
    found = -1
    for j in range(int(head.sensors)):
        if slots[j].key == key:
            found = j
    if found < 0 and head.sensors < SENSORS:
        found = int(head.sensors)
        slots[found].key = key
        head.sensors = found + 1
    if found >= 0:
        assets.slot[row] = found
    return found


@kernel
def _fetch(assets: Assets, asset: int, row: int) -> None:
    """Have what a reading needs in the cache before its turn."""
    body = assets.body_of[asset]
    if body >= 0:
        prefetch(assets.head, body, HEAD_BYTES)
        prefetch(assets.slots, body * SENSORS + assets.slot[row], SLOT_BYTES)


@kernel
def _open_body(assets: Assets, asset: int, learn_ticks: int) -> int:
    """Begin the state of an asset whose second sensor has arrived; needs room."""
    body = assets.used[0]
    assets.used[0] = body + 1
    assets.body_of[asset] = body
    head = assets.head[body]
    head.version = STATE_VERSION
    head.applied_offset = -1
    head.learn_ticks = learn_ticks
    head.sensors = 1
    assets.slots[body, 0].key = assets.key_of_first[asset]
    return int(body)


@kernel
def _judge(
    assets: Assets,
    head: Record,
    slots: NDArray[np.void],
    boundary_us: int,
    asset: int,
    position: int,
    offset: int,
    index: int,
    transition: Record,
) -> bool:
    """Judge the tick that ends at `boundary_us`, then learn from it; returns whether `transition` was written."""
    tuning = assets.tuning[0]
    sensors = int(head.sensors)
    learn_ticks = tuning.learn_ticks
    residual = assets.residual
    distance = residuals.compute(slots, sensors, boundary_us, head.tick_us, assets.standard, residual)
    told = False
    if not np.isnan(distance):
        head.distance += SMOOTH_DISTANCE * (distance - head.distance)
        score, which = residuals.overall_score(head, learn_ticks), OVERALL
        overall = score
        teaches = decision.quiet(head)
        for j in range(sensors):
            if not np.isnan(residual[j]):
                own_step.follow(slots[j], assets.standard[j], head.suspect_ts_us > 0, teaches)
                residuals.smooth(slots[j], residual[j])
                z, s = residuals.score(slots[j], learn_ticks)
                if z > score:
                    score, which = z, s
        decided = decision.decide(head, score, tuning, boundary_us - head.tick_us, offset)
        if decided == decision.RAISE:
            named = naming.most_telling(slots, sensors, which, residual)
            decision.open_anomaly(head, named, which, offset, index, score)
        if decided != decision.NOTHING:
            told = True
            raised = decided == decision.RAISE
            report.report(
                head, slots, residual, boundary_us, asset, position, offset, index, raised, overall, tuning, transition
            )
        if decided == decision.CLEAR:
            aged = decision.is_aged(head, learn_ticks)
            decision.close_anomaly(head, slots[head.named], tuning.raise_z, learn_ticks)
            if aged:
                # Its means would move to the new level over thousands of ticks, each step a broken relation.
                relearning.learn_anew(head, slots, sensors)
        if head.settling > 0:
            residuals.settle(head, slots, sensors)
    suspect = False
    for j in range(sensors):
        suspect = suspect or (slots[j].health == SUSPECT and ticks.is_present(slots[j], boundary_us, head.tick_us))
    if decision.quiet(head) and not suspect:
        if not np.isnan(distance):
            # A slow drift is not to be followed once it shows.
            follow = head.suspect_ts_us == 0
            for j in range(sensors):
                if not np.isnan(residual[j]):
                    residuals.learn(slots[j], learn_ticks, follow)
            residuals.learn_overall(head, learn_ticks, follow)
        moments.learn(slots, sensors, boundary_us, head.tick_us, learn_ticks, assets.standard)
        head.learned += 1
        ripe = int(residuals.RIPE_SHARE * learn_ticks)
        if head.learned % REFRESH_TICKS == 0 and head.learned >= ripe:
            precision.refresh(slots, sensors, ripe, assets.matrix, assets.place)
    return told


@kernel
def _settle_ticks(head: Record, slots: NDArray[np.void], fixed_us: int, ts_us: int) -> None:
    """Fix the tick length if it may be known now, and let ticks end half a tick away from the latest reading."""
    head.tick_us = fixed_us if fixed_us > 0 else ticks.length_us(slots, int(head.sensors))
    if head.tick_us > 0:
        head.phase_us = (ts_us + head.tick_us // 2) % head.tick_us
        head.tick = (ts_us - head.phase_us) // head.tick_us


@kernel
def advance(
    assets: Assets, columns: AssetColumns, start: int, transitions: NDArray[np.void], counts: NDArray[np.int64]
) -> int:
    """Take in the readings from position `start`; returns where it stopped: the end, or where there is no room.

    `counts` (3,): transitions and skipped readings, added to; whether the last reading was skipped.
    """
    tuning = assets.tuning[0]
    for i in range(start, columns.asset_row.size):
        if counts[0] == transitions.size or assets.used[0] == assets.head.size:
            return i
        if i + AHEAD < columns.asset_row.size:
            _fetch(assets, columns.asset_row[i + AHEAD], columns.sensor_row[i + AHEAD])
        asset = columns.asset_row[i]
        row = columns.sensor_row[i]
        body = assets.body_of[asset]
        if body < 0:
            first = assets.key_of_first[asset]
            if first == 0:
                assets.key_of_first[asset] = assets.key[row]
                assets.touched[asset] = 1
            if first == 0 or first == assets.key[row]:
                continue
            body = _open_body(assets, asset, tuning.learn_ticks)
        head = assets.head[body]
        slots = assets.slots[body]
        offset = columns.offset[i]
        index = columns.place[i]
        # Readings that one arrival released share its place: all of them are new, or none is.
        if i == 0 or offset != columns.offset[i - 1] or index != columns.place[i - 1]:
            before = offset < head.applied_offset or (offset == head.applied_offset and index <= head.applied_index)
            counts[2] = 1 if before else 0
        if counts[2] == 1:
            counts[1] += 1
            continue
        assets.touched[asset] = 1
        head.applied_offset = offset
        head.applied_index = index
        value = columns.value[i]
        ts_us = columns.ts_us[i]
        if columns.health[i] == ANEW:
            relearning.learn_anew(head, slots, int(head.sensors))
        at = _find(assets, head, slots, row)
        if at < 0:
            continue
        if head.tick_us == 0:
            _settle_ticks(head, slots, tuning.tick_us, ts_us)
        elif (ts_us - head.phase_us) // head.tick_us > head.tick:
            boundary_us = (head.tick + 1) * head.tick_us + head.phase_us
            if _judge(assets, head, slots, boundary_us, asset, i, offset, index, transitions[counts[0]]):
                counts[0] += 1
            head.tick = (ts_us - head.phase_us) // head.tick_us
        slot = slots[at]
        if not isfinite(value) or (slot.ts_us > 0 and ts_us <= slot.ts_us):
            continue
        if slot.ts_us > 0 and head.tick_us == 0:
            ticks.note_interval(slot, ts_us - slot.ts_us)
        slot.ts_us = ts_us
        slot.value = min(max(value, -LARGEST_VALUE), LARGEST_VALUE)
        slot.health = columns.health[i]
    return columns.asset_row.size
