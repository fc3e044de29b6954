"""Which of its modes an asset is in, reading by reading, once they were found from its sensors.

It leaves its mode when `finding.movers` sensors are not where they are in it, and enters the mode in which the fewest
sensors are off, once that held for `min_stay` readings of each. Meanwhile its readings wait: none is judged. If no mode
is entered in twice the longest change between modes, the asset is where it never was: it is judged in the mode that it
left, so that the detectors say so.
A single sensor that is off, but within what it shows in some mode, may be the first to tell of a change: its readings
wait, too, a few at most.
"""

import numpy as np
from numpy.typing import NDArray

from models.kernel import Record, kernel
from models.regimes.finding import BLOCK, deviation, movers
from models.regimes.joint_state import STATES
from models.regimes.state import NONE, WAIT

OFF = 4.0
WAIT_READINGS = 5
LEAST_PATIENCE_BLOCKS = 2
MOST_PATIENCE_BLOCKS = 50
SLOWEST_READINGS = 4000
MOST_OFF = 8.0
"""Standard deviations that one sensor counts at most, when modes are compared."""


@kernel
def follow(head: Record, slots: NDArray[np.void], at: int, min_stay: int) -> int:
    """Return the mode of the asset after the reading in slot `at`, WAIT, or NONE while it has been in none."""
    slot = slots[at]
    current = int(head.current)
    if current != NONE:
        off = deviation(slot, current, slot.value) > OFF
        head.off += int(off) - slot.is_off
        slot.is_off = int(off)
        if not off:
            slot.off_readings = 0
            if head.away == 0:
                _learn(slot, current)
        elif head.away == 0 and head.off < movers(head.sensors):
            slot.off_readings = min(slot.off_readings + 1, WAIT_READINGS + 1)
            return WAIT if slot.off_readings <= WAIT_READINGS and _is_in_some_mode(head, slot) else current
        if head.away == 0 and head.off < movers(head.sensors):
            return current
    head.away = min(head.away + 1, 1 << 30)
    match = _best(head, slots)
    head.matched = min(head.matched + 1, 1 << 30) if match == head.match else 1
    head.match = match
    if match != NONE and head.matched >= min_stay * head.sensors:
        _enter(head, slots, match)
        return match
    return where(head)


@kernel
def where(head: Record) -> int:
    """Return the mode of an asset, WAIT while it is on the way to another, NONE while it has been in none."""
    blocks = min(max(2 * head.longest_change, LEAST_PATIENCE_BLOCKS), MOST_PATIENCE_BLOCKS)
    current, match = int(head.current), int(head.match)
    if current == NONE or head.away == 0:
        return current
    arrives = match >= 0 and match != current
    return WAIT if arrives or head.away <= blocks * BLOCK * head.sensors else current


@kernel
def _learn(slot: Record, mode: int) -> None:
    """Let the centre of a mode follow what is usual, slowly."""
    if slot.knows >> mode & 1:
        slot.centre[mode] += (slot.value - slot.centre[mode]) / SLOWEST_READINGS


@kernel
def _is_in_some_mode(head: Record, slot: Record) -> bool:
    """Return whether a sensor's value lies between the lowest and the highest that it shows in any mode."""
    low, high = np.inf, -np.inf
    for mode in range(STATES):
        if head.modes >> mode & 1 and slot.knows >> mode & 1:
            reach = OFF * slot.spread[mode]
            low = min(low, slot.centre[mode] - reach)
            high = max(high, slot.centre[mode] + reach)
    return bool(low <= slot.value <= high)


@kernel
def _best(head: Record, slots: NDArray[np.void]) -> int:
    """Return the mode with the least sum of squared deviations among those with few sensors off; NONE: no mode."""
    best, least = NONE, np.inf
    for mode in range(STATES):
        if head.modes >> mode & 1 == 0:
            continue
        off, total = 0, 0.0
        for j in range(head.sensors):
            size = deviation(slots[j], mode, slots[j].value)
            off += size > OFF
            total += min(size, MOST_OFF) ** 2
        if off < movers(head.sensors) and total < least:
            best, least = mode, total
    return best


@kernel
def _enter(head: Record, slots: NDArray[np.void], mode: int) -> None:
    head.current = mode
    head.away = 0
    head.match = NONE
    head.matched = 0
    head.off = 0
    for j in range(head.sensors):
        slot = slots[j]
        slot.is_off = int(deviation(slot, mode, slot.value) > OFF)
        slot.off_readings = 0
        head.off += slot.is_off
