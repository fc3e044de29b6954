"""The nearest training clips of a clip: what every detector of neighbours needs, as kernels over a bank.

A bank is kept column by column, (b, m) float32: the inner loop runs over its clips, and no sum depends on how a batch
was cut.
"""

from math import inf

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel

LARGEST_BANK = 1024
"""Training clips that are kept, drawn by chance where there are more: fewer find less, more cost time."""

NOT_IN_BANK = -1
GROUPS = 32


def drawn(clips: int, seed: int) -> NDArray[np.int64]:
    """Return which of so many training clips form the bank, ascending."""
    if clips <= LARGEST_BANK:
        return np.arange(clips)
    return np.sort(np.random.default_rng(seed).choice(clips, LARGEST_BANK, replace=False))


@kernel
def squared_distances(bank: NDArray[np.float32], row: NDArray[np.float32], squares: NDArray[np.float32]) -> None:
    """Write the squared distance (m,) of `row` (b,) to each clip of `bank` (b, m)."""
    for i in range(len(squares)):
        squares[i] = 0.0
    j = 0
    while j + 4 <= len(row):
        a, b, c, d = bank[j], bank[j + 1], bank[j + 2], bank[j + 3]
        at_a, at_b, at_c, at_d = row[j], row[j + 1], row[j + 2], row[j + 3]
        for i in range(len(squares)):
            to_a, to_b, to_c, to_d = a[i] - at_a, b[i] - at_b, c[i] - at_c, d[i] - at_d
            squares[i] += (to_a * to_a + to_b * to_b) + (to_c * to_c + to_d * to_d)
        j += 4
    while j < len(row):
        a = bank[j]
        for i in range(len(squares)):
            to_a = a[i] - row[j]
            squares[i] += to_a * to_a
        j += 1


@kernel
def _insert(order: NDArray[np.int64], distance: NDArray[np.float32], place: int, value: float) -> None:
    """Put a place among the nearest, if it is nearer than the last of them."""
    at = len(order) - 1
    if value >= distance[at]:
        return
    while at > 0 and distance[at - 1] > value:
        distance[at], order[at] = distance[at - 1], order[at - 1]
        at -= 1
    distance[at], order[at] = value, place


@kernel
def nearest(
    squares: NDArray[np.float32],
    itself: int,
    least: NDArray[np.float32],
    order: NDArray[np.int64],
    distance: NDArray[np.float32],
) -> None:
    """Write the places (k,) of the smallest of `squares` (m,), the smallest first, and their values.

    The place `itself` is left out; NOT_IN_BANK leaves out none. `least` (GROUPS,), k of them or more, is room to work
    in: none of the k smallest is above the k-th smallest of the minima of GROUPS groups, and few others are below it.
    """
    if itself != NOT_IN_BANK:
        squares[itself] = inf
    for g in range(len(least)):
        least[g] = inf
    whole = len(squares) - len(squares) % len(least)
    for first in range(0, whole, len(least)):
        group = squares[first : first + len(least)]
        for g in range(len(least)):
            least[g] = min(group[g], least[g])
    distance[:] = inf
    for g in range(len(least)):
        _insert(order, distance, 0, least[g])
    bound = distance[len(order) - 1]
    distance[:] = inf
    for i in range(len(squares)):
        if squares[i] <= bound:
            _insert(order, distance, i, squares[i])
