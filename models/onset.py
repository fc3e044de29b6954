"""When a deviation began: the split of the latest samples after which they lie furthest from the level before.

With the level before known and Gaussian noise this is the most likely moment of a shift.
Source: Basseville, M. and Nikiforov, I. V. (1993), Detection of Abrupt Changes, section 2.2.3.
"""

from models.kernel import Record, kernel
from models.windows.state import LONGEST_WINDOW


@kernel
def samples_since(state: Record, before: float) -> int:
    """Return how many of the latest samples of the window's run lie on the new level; `before` is from the base."""
    n = min(state.window_run, LONGEST_WINDOW)
    best, age, total = 0.0, 1, 0.0
    for k in range(1, n + 1):
        total += float(state.window_ring[(state.window_run - k) % LONGEST_WINDOW]) - before
        if total * total / k > best:
            best = total * total / k
            age = k
    return age
