"""Operating modes of an asset without a mode sensor, found from its sensors: joint states that it comes back to.

Each sensor's readings are cut into blocks of `BLOCK`. A block is settled if all sensors, but for fewer than `movers`,
scatter as usual and lie where they lay in the block before. `STAY` settled blocks in a row are a stay. It is a visit of
the nearest joint state if fewer than `movers` sensors are further from it than `RADIUS` standard deviations, else a new
state (DP-means: a cluster is begun where none is near). So one sensor alone moves nothing.
A state is a mode once it was visited `VISITS` times, with others in between, and for `SHARE` of all blocks. The modes
are known, and the asset is followed through them, once two or more make up `COVERED` of all blocks.
States are only begun and counted within the learning stretch: a joint state that comes later, a fault of several
sensors say, never becomes a mode. An asset that gets from one state to another without a jump has no modes, nor has one
with more than STATES states.
Source: Kulis, B., Jordan, M. (2012), Revisiting k-means: new algorithms via Bayesian nonparametrics, ICML.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from models.kernel import Record, kernel
from models.regimes.joint_state import STATES
from models.regimes.state import NONE

BLOCK = 10
UNEVEN = 4
"""Times `BLOCK` readings of the quickest sensor end a block that others have not filled."""

STAY = 3
VISITS = 2
SHARE = 0.1
COVERED = 0.7
RADIUS = 4.0
STEP_SCALES = 2.0
SCATTER_SCALES = 3.0
FEW_BLOCKS = 3
"""Of a sensor, before it is known what is usual for it."""

MEMORY_BLOCKS = 100
CENTRE_BLOCKS = 10
"""Few, so that what a sensor shows when it has settled in a state outweighs the way there."""

MOST_CREEPS = 3
LEAST_SPREAD = 0.1
"""Smallest spread of a sensor in one state, as a share of its usual one: what stands still there is not to shout."""


@kernel
def movers(sensors: int) -> int:
    """Return how many sensors have to move for the asset to have moved: two, or more than a quarter."""
    return max(2, sensors // 4 + 1)


@kernel
def deviation(slot: Record, state: int, value: float) -> float:
    """Return how far a value is from where its sensor is in a state, in its standard deviations; 0 if unknown."""
    if slot.knows >> state & 1 == 0:
        return 0.0
    spread = max(slot.spread[state], LEAST_SPREAD * slot.scale, 1e-6 * abs(slot.centre[state]), 1e-30)
    return float(abs(value - slot.centre[state]) / spread)


@kernel
def take(head: Record, slots: NDArray[np.void], at: int) -> bool:
    """Take the reading in slot `at` into its block; returns whether that ended the block of the asset."""
    slot = slots[at]
    slot.fill += 1
    step = slot.value - slot.mean
    slot.mean += step / slot.fill
    slot.squares += step * (slot.value - slot.mean)
    if slot.fill == BLOCK:
        head.full += 1
    return bool(head.full == head.sensors or slot.fill >= UNEVEN * BLOCK)


@kernel
def close_block(head: Record, slots: NDArray[np.void]) -> None:
    """Look at the block that ended, and begin the next one."""
    sensors = int(head.sensors)
    head.blocks += 1
    restless = 0
    for j in range(sensors):
        if slots[j].fill >= BLOCK // 2:
            restless += _is_restless(slots[j])
    head.unsettled += 1
    if restless < movers(sensors):
        head.stay += 1
        _stay(head, slots, sensors)
    else:
        head.stay = 0
        head.here = NONE
    for j in range(sensors):
        slot = slots[j]
        if slot.fill >= BLOCK // 2:
            slot.last_mean = slot.mean
        slot.fill = 0
        slot.mean = 0.0
        slot.squares = 0.0
    head.full = 0


@kernel
def _sd(slot: Record) -> float:
    return sqrt(max(slot.squares, 0.0) / (slot.fill - 1.0))


@kernel
def _is_restless(slot: Record) -> bool:
    """Return whether a sensor moved within the block or since the one before; its usual scatter is learned."""
    sd = _sd(slot)
    young = slot.blocks < FEW_BLOCKS
    least = max(slot.scale, 1e-6 * abs(slot.mean))
    moved = abs(slot.mean - slot.last_mean) > STEP_SCALES * least or sd > SCATTER_SCALES * least
    most = sd if young else min(sd, SCATTER_SCALES * least)
    slot.blocks = min(slot.blocks + 1, MEMORY_BLOCKS)
    slot.scale += (most - slot.scale) / slot.blocks
    return bool(young or moved)


@kernel
def _stay(head: Record, slots: NDArray[np.void], sensors: int) -> None:
    """Take a settled block: into a visit, or as the first of one."""
    if head.stay < STAY:
        return
    if head.stay == STAY:
        head.here = _nearest(head, slots, sensors)
        if head.here == NONE:
            head.here = _begin(head)
        if head.here != NONE:
            _visit(head)
            head.stayed[head.here] += STAY - 1
    if head.here == NONE:
        return
    if _far(slots, sensors, head.here) >= movers(sensors):
        head.creeps += 1
        head.here = NONE
        return
    head.unsettled = 0
    head.stayed[head.here] += 1
    _learn(slots, sensors, head.here, head.stayed[head.here])
    _note_modes(head)


@kernel
def _visit(head: Record) -> None:
    """Count a visit, unless the last one was of the same state."""
    if head.here == head.visited:
        return
    if head.visited != NONE:
        head.longest_change = max(head.longest_change, head.unsettled - STAY)
    head.visits[head.here] = min(head.visits[head.here] + 1, VISITS)
    head.visited = head.here


@kernel
def _far(slots: NDArray[np.void], sensors: int, state: int) -> int:
    """Return how many sensors were, in this block, not where they are in a state."""
    far = 0
    for j in range(sensors):
        if slots[j].fill >= BLOCK // 2:
            far += deviation(slots[j], state, slots[j].mean) > RADIUS
    return far


@kernel
def _nearest(head: Record, slots: NDArray[np.void], sensors: int) -> int:
    """Return the state from which the fewest sensors are far, the first of such; NONE: all are too far."""
    best, fewest = NONE, movers(sensors)
    for state in range(int(head.states)):
        far = _far(slots, sensors, state)
        if far < fewest:
            best, fewest = state, far
    return best


@kernel
def _begin(head: Record) -> int:
    """Return a new state; NONE where there is no room."""
    if head.states == STATES:
        head.creeps = MOST_CREEPS
        return NONE
    head.states += 1
    return int(head.states - 1)


@kernel
def _learn(slots: NDArray[np.void], sensors: int, state: int, stayed: int) -> None:
    rate = max(1.0 / stayed, 1.0 / CENTRE_BLOCKS)
    for j in range(sensors):
        slot = slots[j]
        if slot.fill < BLOCK // 2:
            continue
        if slot.knows >> state & 1 == 0:
            slot.knows |= 1 << state
            slot.centre[state] = slot.mean
            slot.spread[state] = _sd(slot)
        elif deviation(slot, state, slot.mean) <= RADIUS:
            slot.centre[state] += rate * (slot.mean - slot.centre[state])
            slot.spread[state] += rate * (_sd(slot) - slot.spread[state])


@kernel
def _note_modes(head: Record) -> None:
    """Note what has become a mode, which it stays, and whether the modes are known."""
    modes, stayed = 0, 0
    for state in range(int(head.states)):
        if head.visits[state] >= VISITS and head.stayed[state] >= SHARE * head.blocks:
            head.modes |= 1 << state
        if head.modes >> state & 1:
            modes += 1
            stayed += head.stayed[state]
    if modes >= 2 and stayed >= COVERED * (head.blocks - FEW_BLOCKS):
        head.is_known = 1


@kernel
def is_over(head: Record) -> bool:
    """Return whether the search has ended: with the learning stretch, or because the asset has no modes."""
    return bool(head.blocks >= head.find_blocks or head.creeps >= MOST_CREEPS)
