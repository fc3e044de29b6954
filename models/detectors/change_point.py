"""Change point: does the present stretch follow one first-order autoregression, or two, one after the other?

Each reading is regressed on the one before it; a split of the stretch must lower the squared residuals by enough, twice
in a row. So a random walk, white noise and a trend stay one stretch; a new level, slope or memory makes two (a new
spread alone does not: both parts share one variance), and so does each bend of a steep cycle.
The comparison is made every 8 readings, as only then the newest join the window; a change restarts the stretch there.
Source: the log-likelihood ratio of two Gaussian autoregressions, as in Davis, R. A., Lee, T. C. M. and
Rodriguez-Yam, G. A. (2006), J. Am. Stat. Assoc. 101, 223, in closed form for order 1 and one split.
"""

from math import log

import numpy as np
from numpy.typing import NDArray

from models.kernel import Record, kernel

WINDOW = 256
HOP = 8
SHORTEST = 8
"""Pairs of readings on each side of a split, at least."""

PENALTY = 5.0
"""Of a split, in units of ln(pairs). TCPD is as good from 4 to 5.25; at 5 a random walk or AR(0.9) changes once in a
million readings.
"""

CHECKS = 2
"""Comparisons in a row that must find a change."""

FLOOR = 0.03
"""Share of the variance that no split can explain: it bounds what a perfect fit is worth."""

CHANGE_POINT_FIELDS = [
    ("change_point_ts_us", "<i8"),  # of the last reading in the window
    ("change_point_onset_us", "<i8"),  # of the last change
    ("change_point_count", "<i8"),  # readings that have joined the window
    ("change_point_fill", "<i4"),  # readings of the hop being filled
    ("change_point_length", "<i4"),  # readings of the present stretch, WINDOW at most
    ("change_point_age", "<i4"),  # readings from the last change to when it was found, both included
    ("change_point_found", "<i4"),  # comparisons in a row that found a change
    ("change_point_score", "<f4"),  # of the last comparison; 1 is enough for a change
    ("change_point_recent", "<f4", (HOP,)),
    ("change_point_span_us", "<f4", (9,)),  # how long each 32 readings of the window took
]

SCRATCH = 6
"""Rows of scratch space: sums of x, y, x², xy and y² over the pairs before each reading, and what a split leaves."""

_LAST = WINDOW - 1
_SPAN = 32
_SPANS = 9


@kernel
def fill(state: Record, level: float, ts_us: int) -> bool:
    """Take a level (difference from the base) into the hop; returns whether the hop is full now."""
    if state.change_point_count == 0 and state.change_point_fill == 0:
        state.change_point_ts_us = ts_us
    state.change_point_recent[state.change_point_fill] = level
    state.change_point_fill += 1
    return bool(state.change_point_fill == HOP)


@kernel
def close_hop(state: Record, window: NDArray[np.float32], ts_us: int) -> None:
    """Move the full hop, whose last reading is of `ts_us`, into `window` (WINDOW,)."""
    count = state.change_point_count
    for k in range(HOP):
        window[(count + k) & _LAST] = state.change_point_recent[k]
    span = (count // _SPAN) % _SPANS
    if count % _SPAN == 0:
        state.change_point_span_us[span] = 0.0
    state.change_point_span_us[span] += ts_us - state.change_point_ts_us
    state.change_point_ts_us = ts_us
    state.change_point_count = count + HOP
    state.change_point_fill = 0
    state.change_point_length = min(state.change_point_length + HOP, WINDOW)


@kernel
def _unexplained(pairs: float, x: float, y: float, xx: float, xy: float, yy: float) -> float:
    """Return the squared residuals of y regressed on [1, x], from sums over the pairs."""
    share = 1.0 / pairs
    cxx = xx - x * x * share
    cxy = xy - x * y * share
    cyy = yy - y * y * share
    explained = cxy * cxy / cxx if cxx > 1e-12 * xx else 0.0
    rest = cyy - explained
    return rest if rest > 0.0 else 0.0


@kernel
def compare(state: Record, window: NDArray[np.float32], scratch: NDArray[np.float64]) -> None:
    """Multiply what a split before reading k leaves of the squared residuals (a share) into `scratch[5, k]`.

    `scratch` is (SCRATCH, WINDOW). Series that belong together multiply into the same row, so that their
    log-likelihood ratios add up.
    """
    length = state.change_point_length
    oldest = state.change_point_count - length
    sx, sy, sxx, sxy, syy, left = scratch[0], scratch[1], scratch[2], scratch[3], scratch[4], scratch[5]
    x = y = xx = xy = yy = 0.0
    # Sums of differences from the first reading stay exact however far the series is from its base.
    origin = np.float64(window[oldest & _LAST])
    before = 0.0
    for k in range(1, length):
        sx[k], sy[k], sxx[k], sxy[k], syy[k] = x, y, xx, xy, yy
        now = np.float64(window[(oldest + k) & _LAST]) - origin
        x += before
        y += now
        xx += before * before
        xy += before * now
        yy += now * now
        before = now
    whole = _unexplained(length - 1.0, x, y, xx, xy, yy)
    if whole == 0.0:
        return
    share = 1.0 / whole
    for k in range(SHORTEST + 1, length - SHORTEST + 1):
        first = _unexplained(k - 1.0, sx[k], sy[k], sxx[k], sxy[k], syy[k])
        second = _unexplained(float(length - k), x - sx[k], y - sy[k], xx - sxx[k], xy - sxy[k], yy - syy[k])
        left[k] *= (first + second) * share + FLOOR


@kernel
def best_split(left: NDArray[np.float64], length: int, dimensions: int) -> tuple[int, float]:
    """Return the best split of a stretch, given what each leaves, and its score: 1 is enough for a change."""
    if length < 2 * SHORTEST + 1:
        return 0, 0.0
    best = SHORTEST + 1
    for k in range(SHORTEST + 2, length - SHORTEST + 1):
        if left[k] < left[best]:
            best = k
    pairs = length - 1.0
    return best, max(-pairs * log(left[best]), 0.0) / (PENALTY * dimensions * log(pairs))


@kernel
def confirm(state: Record, split: int, score: float) -> bool:
    """Note the outcome of a comparison; where it is the second change in a row, restart there and return True."""
    state.change_point_score = score
    state.change_point_found = state.change_point_found + 1 if score >= 1.0 else 0
    if state.change_point_found < CHECKS:
        return False
    state.change_point_found = 0
    age = state.change_point_length - split
    state.change_point_length = age
    state.change_point_age = age
    state.change_point_onset_us = state.change_point_ts_us - int(_time_back(state, age - 1))
    return True


@kernel
def _time_back(state: Record, steps: int) -> float:
    """Return how long before the last reading in the window the one `steps` earlier was, in microseconds."""
    span = (state.change_point_count - 1) // _SPAN
    readings = state.change_point_count - span * _SPAN
    back_us = 0.0
    while steps > 0:
        taken = min(steps, readings)
        back_us += state.change_point_span_us[span % _SPANS] * taken / readings
        steps -= taken
        span -= 1
        readings = _SPAN
    return back_us


@kernel
def check(state: Record, window: NDArray[np.float32], ts_us: int, scratch: NDArray[np.float64]) -> bool:
    """Close the full hop of one series and look for a change; returns whether one is confirmed now.

    `change_point_age` and `change_point_onset_us` then tell where it is. `window` (WINDOW,) is kept with the state,
    `scratch` (SCRATCH, WINDOW) is not.
    """
    close_hop(state, window, ts_us)
    left = scratch[5]
    for k in range(WINDOW):
        left[k] = 1.0
    compare(state, window, scratch)
    split, score = best_split(left, state.change_point_length, 1)
    return bool(confirm(state, split, score))
