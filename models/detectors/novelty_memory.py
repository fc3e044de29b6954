"""Remembered vectors of the novelty views, in cold pages: nearest neighbour by the largest coordinate difference.

A page holds whole vectors coordinate by coordinate (64 of two numbers or 40 of three), so that remembering one changes
one page and a search runs through consecutive numbers.
"""

import numpy as np
from numpy.typing import NDArray

from models.cold import ColdPages, note_change
from models.kernel import kernel
from models.minimum import larger, smaller
from models.series_state import NOVELTY_PAGE, PAGE_FLOATS

DIMENSIONS: tuple[int, ...] = (2, 3, 2, 3, 3, 2)
"""Numbers in a vector of each view."""

SLOTS_OF_TWO = 64
SLOTS_OF_THREE = 40
FAR = np.float32(3e38)


def first_pages(novelty_memory: int) -> NDArray[np.int64]:
    """Return the first page of each view and, last, the number of pages (7 numbers), for so many vectors a view."""
    slots = [SLOTS_OF_TWO if dimension == 2 else SLOTS_OF_THREE for dimension in DIMENSIONS]
    pages = [-(-novelty_memory // per_page) for per_page in slots]
    return np.cumsum([NOVELTY_PAGE, *pages]).astype(np.int64)


@kernel
def nearest_of_two(
    floats: NDArray[np.float32], start: int, count: int, a: NDArray[np.float32], b: NDArray[np.float32]
) -> tuple[np.float32, np.float32]:
    """Return the distances of `a` and of `b` to the nearest of `count` remembered vectors of two numbers."""
    a0, a1, b0, b1 = a[0], a[1], b[0], b[1]
    nearest_a, nearest_b = FAR, FAR
    while count > 0:
        x = floats[start : start + SLOTS_OF_TWO]
        y = floats[start + SLOTS_OF_TWO : start + 2 * SLOTS_OF_TWO]
        for k in range(min(count, SLOTS_OF_TWO)):
            nearest_a = smaller(nearest_a, larger(abs(x[k] - a0), abs(y[k] - a1)))
            nearest_b = smaller(nearest_b, larger(abs(x[k] - b0), abs(y[k] - b1)))
        count -= SLOTS_OF_TWO
        start += PAGE_FLOATS
    return nearest_a, nearest_b


@kernel
def nearest_of_three(
    floats: NDArray[np.float32], start: int, count: int, a: NDArray[np.float32], b: NDArray[np.float32]
) -> tuple[np.float32, np.float32]:
    """Return the distances of `a` and of `b` to the nearest of `count` remembered vectors of three numbers."""
    a0, a1, a2, b0, b1, b2 = a[0], a[1], a[2], b[0], b[1], b[2]
    nearest_a, nearest_b = FAR, FAR
    while count > 0:
        x = floats[start : start + SLOTS_OF_THREE]
        y = floats[start + SLOTS_OF_THREE : start + 2 * SLOTS_OF_THREE]
        z = floats[start + 2 * SLOTS_OF_THREE : start + 3 * SLOTS_OF_THREE]
        for k in range(min(count, SLOTS_OF_THREE)):
            nearest_a = smaller(nearest_a, larger(larger(abs(x[k] - a0), abs(y[k] - a1)), abs(z[k] - a2)))
            nearest_b = smaller(nearest_b, larger(larger(abs(x[k] - b0), abs(y[k] - b1)), abs(z[k] - b2)))
        count -= SLOTS_OF_THREE
        start += PAGE_FLOATS
    return nearest_a, nearest_b


@kernel
def remember(
    cold: ColdPages, row: int, first_page: int, slot: int, dimension: int, vector: NDArray[np.float32]
) -> None:
    """Write a vector into a slot of a view."""
    per_page = SLOTS_OF_TWO if dimension == 2 else SLOTS_OF_THREE
    page = first_page + slot // per_page
    note_change(cold, row, page)
    place = page * PAGE_FLOATS + slot % per_page
    for j in range(dimension):
        cold.floats[row, place + j * per_page] = vector[j]
