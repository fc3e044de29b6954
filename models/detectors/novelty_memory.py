"""Remembered vectors of the novelty views, in cold pages: nearest neighbour by the largest coordinate difference.

A page holds whole vectors coordinate by coordinate (64 of two numbers or 40 of three), so that remembering one changes
one page and a search runs through consecutive numbers. A small memory of all views shares one page.
"""

import numpy as np
from numpy.typing import NDArray

from models.cold import ColdPages, note_change
from models.kernel import kernel
from models.minimum import larger, smaller
from models.series_state import NOVELTY_PAGE, PAGE_BYTES, PAGE_FLOATS

DIMENSIONS: tuple[int, ...] = (2, 3, 2, 3, 3, 2)
"""Numbers in a vector of each view."""

_DIMENSIONS = np.array(DIMENSIONS)

SLOTS_OF_TWO = 64
SLOTS_OF_THREE = 40
MOST_SHARED = 16
"""Vectors of each view up to which one page is enough for all."""

FAR = np.float32(3e38)

START, SLOTS, PAGE = range(3)
"""Rows of the layout: where a view begins, in numbers; vectors of it in a page; and its first page."""


class NoveltyLayout:
    """Where the vectors of each view lie, for `memory` of them a view.

    `table` (3, views) is the kernels' view of it; `floats` are the numbers of a series, in pages of `page_bytes`.
    """

    def __init__(self, memory: int) -> None:
        dimensions = np.array(DIMENSIONS)
        if memory <= MOST_SHARED:
            ends = np.cumsum(memory * dimensions)
            starts, slots, pages = ends - memory * dimensions, np.full(len(DIMENSIONS), memory), 0 * dimensions
            self.floats = int(ends[-1])
            self.page_bytes = 4 * self.floats
        else:
            slots = np.where(dimensions == 2, SLOTS_OF_TWO, SLOTS_OF_THREE)
            counts = -(-memory // slots)
            pages = np.cumsum(counts) - counts
            starts = PAGE_FLOATS * pages
            self.floats = PAGE_FLOATS * int(counts.sum())
            self.page_bytes = PAGE_BYTES
        self.table = np.array([starts, slots, NOVELTY_PAGE + pages], np.int64)


@kernel
def nearest_of_two(
    floats: NDArray[np.float32], start: int, slots: int, count: int, a: NDArray[np.float32], b: NDArray[np.float32]
) -> tuple[np.float32, np.float32]:
    """Return the distances of `a` and of `b` to the nearest of `count` remembered vectors of two numbers.

    They begin at `start`, `slots` in a page.
    """
    a0, a1, b0, b1 = a[0], a[1], b[0], b[1]
    nearest_a, nearest_b = FAR, FAR
    while count > 0:
        x = floats[start : start + slots]
        y = floats[start + slots : start + 2 * slots]
        for k in range(min(count, slots)):
            nearest_a = smaller(nearest_a, larger(abs(x[k] - a0), abs(y[k] - a1)))
            nearest_b = smaller(nearest_b, larger(abs(x[k] - b0), abs(y[k] - b1)))
        count -= slots
        start += PAGE_FLOATS
    return nearest_a, nearest_b


@kernel
def nearest_of_three(
    floats: NDArray[np.float32], start: int, slots: int, count: int, a: NDArray[np.float32], b: NDArray[np.float32]
) -> tuple[np.float32, np.float32]:
    """Return the distances of `a` and of `b` to the nearest of `count` remembered vectors of three numbers."""
    a0, a1, a2, b0, b1, b2 = a[0], a[1], a[2], b[0], b[1], b[2]
    nearest_a, nearest_b = FAR, FAR
    while count > 0:
        x = floats[start : start + slots]
        y = floats[start + slots : start + 2 * slots]
        z = floats[start + 2 * slots : start + 3 * slots]
        for k in range(min(count, slots)):
            nearest_a = smaller(nearest_a, larger(larger(abs(x[k] - a0), abs(y[k] - a1)), abs(z[k] - a2)))
            nearest_b = smaller(nearest_b, larger(larger(abs(x[k] - b0), abs(y[k] - b1)), abs(z[k] - b2)))
        count -= slots
        start += PAGE_FLOATS
    return nearest_a, nearest_b


@kernel
def remember(
    cold: ColdPages, row: int, layout: NDArray[np.int64], which: int, slot: int, vector: NDArray[np.float32]
) -> None:
    """Write a vector into a slot of a view."""
    slots = layout[SLOTS, which]
    page = slot // slots
    note_change(cold, row, layout[PAGE, which] + page)
    place = layout[START, which] + page * PAGE_FLOATS + slot % slots
    for j in range(_DIMENSIONS[which]):
        cold.novelty[row, place + j * slots] = vector[j]
