"""The loop over readings of assets whose modes are told by no sensor: find the modes, then follow them."""

from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.kernel import Record, kernel
from models.regimes import finding
from models.regimes.following import follow, where
from models.regimes.joint_state import SENSORS, STATE_VERSION
from models.regimes.state import NO_MODE, NONE

ALONE, CLOSED = -1, -2
"""In `body_of`: one sensor is known so far; the search has ended without modes, or a sensor tells them."""

LARGEST_DIFFERENCE = 1e15
"""From a sensor's first value: a larger one is taken as this, so that squares stay finite."""


class Joints(NamedTuple):
    """State of all assets as the kernel sees it.

    `key_of_first` (n,) of an asset's first sensor, 0: none; `body_of` (n,) ALONE, CLOSED, or where its state is in
    `head` (m,) and `slots` (m, SENSORS); `head_bytes` and `slot_bytes` (m, …) are the same as bytes; `free` (m,) places
    without state, the first `counts[0]` of them; `touched` (n,) uint8; `key` and `slot` (rows of sensors,) digest of
    the name, and the slot where it was found last.
    """

    key_of_first: NDArray[np.int64]
    body_of: NDArray[np.int64]
    touched: NDArray[np.uint8]
    head: NDArray[np.void]
    slots: NDArray[np.void]
    head_bytes: NDArray[np.uint8]
    slot_bytes: NDArray[np.uint8]
    free: NDArray[np.int64]
    counts: NDArray[np.int64]
    key: NDArray[np.int64]
    slot: NDArray[np.int8]


@kernel
def _slot_of(joints: Joints, head: Record, slots: NDArray[np.void], row: int) -> int:
    """Return the slot of a sensor, a fresh one if there is room; -1: it is not among the first."""
    key = joints.key[row]
    guess = joints.slot[row]
    if guess < head.sensors and slots[guess].key == key:
        return int(guess)
    for j in range(int(head.sensors)):
        if slots[j].key == key:
            joints.slot[row] = j
            return j
    if head.sensors == SENSORS:
        return -1
    found = int(head.sensors)
    slots[found].key = key
    head.sensors = found + 1
    joints.slot[row] = found
    return found


@kernel
def _take_value(slot: Record, value: float) -> None:
    if slot.is_begun == 0:
        slot.is_begun = 1
        slot.origin = value
    slot.value = min(max(value - slot.origin, -LARGEST_DIFFERENCE), LARGEST_DIFFERENCE)


@kernel
def _open(joints: Joints, asset: int, find_blocks: int) -> int:
    """Begin the state of an asset whose second sensor has arrived; needs a free place."""
    joints.counts[0] -= 1
    body = joints.free[joints.counts[0]]
    joints.body_of[asset] = body
    joints.head_bytes[body, :] = 0
    joints.slot_bytes[body, :] = 0
    head = joints.head[body]
    head.version = STATE_VERSION
    head.applied_offset = -1
    head.find_blocks = find_blocks
    head.visited = NONE
    head.here = NONE
    head.current = NONE
    head.match = NONE
    head.sensors = 1
    joints.slots[body, 0].key = joints.key_of_first[asset]
    return int(body)


@kernel
def close(joints: Joints, asset: int) -> None:
    """Give up the state of an asset: it has no modes to be found."""
    body = joints.body_of[asset]
    joints.touched[asset] = 1
    joints.body_of[asset] = CLOSED
    if body >= 0:
        joints.free[joints.counts[0]] = body
        joints.counts[0] += 1


@kernel
def advance(
    joints: Joints,
    asset_row: NDArray[np.int32],
    sensor_row: NDArray[np.int32],
    kind: NDArray[np.uint8],
    value: NDArray[np.float64],
    offset: NDArray[np.int64],
    index: NDArray[np.int64],
    find_blocks: int,
    min_stay: int,
    start: int,
    regime: NDArray[np.int8],
) -> int:
    """Write the mode of each reading's asset after it where modes were found; `regime` (n,) is else left alone.

    Returns where it stopped: the end, or where there is no free place. `kind` (n,) is of the reading's sensor.
    """
    for i in range(start, asset_row.size):
        asset, row = asset_row[i], sensor_row[i]
        body = joints.body_of[asset]
        if body == CLOSED:
            continue
        if body == ALONE:
            if kind[i] != NO_MODE:
                close(joints, asset)
                continue
            first = joints.key_of_first[asset]
            if first == 0 or first == joints.key[row]:
                continue
            if joints.counts[0] == 0:
                return i
            body = _open(joints, asset, find_blocks)
        head, slots = joints.head[body], joints.slots[body]
        if offset[i] < head.applied_offset or (offset[i] == head.applied_offset and index[i] <= head.applied_index):
            continue
        joints.touched[asset] = 1
        head.applied_offset = offset[i]
        head.applied_index = index[i]
        if kind[i] != NO_MODE and head.is_known == 0:
            close(joints, asset)
            continue
        at = _slot_of(joints, head, slots, row)
        if at >= 0 and isfinite(value[i]):
            _take_value(slots[at], value[i])
            if not finding.is_over(head) and finding.take(head, slots, at):
                finding.close_block(head, slots)
                if finding.is_over(head) and head.is_known == 0:
                    close(joints, asset)
                    continue
            if head.is_known == 1:
                regime[i] = follow(head, slots, at, min_stay)
                continue
        if head.is_known == 1:
            regime[i] = where(head)
    return asset_row.size
