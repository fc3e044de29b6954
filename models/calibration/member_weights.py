"""Weights of detectors that follow how well each of them told faulty from healthy rows of late, within bounds.

A p-value is a bet on "faulty" at odds of ½/√p. What a row was, most detectors say, or the anomaly that is open on its
sensor; a bet then costs its logarithmic loss. Means of the losses of late, of healthy and of faulty rows apart so that
the many do not drown the few, give weights that fall with their sum.
Sources: Vovk, V. and Wang, R. (2021), E-values: calibration, combination and applications, Annals of Statistics 49(3);
Cesa-Bianchi, N. and Lugosi, G. (2006), Prediction, learning, and games, chapter 2 (exponentially weighted forecasters,
discounted losses).
"""

from math import isnan, log1p, sqrt

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel
from schemas.errors import BadDataError

LEAST, MOST = 0.05, 0.6
"""Bounds of a weight; they add up to 1."""

RATE = 2.0
FAULTY_P, HEALTHY_P = 2.5e-3, 0.05
"""Most detectors below: the row was faulty; most above: healthy."""

MEMORY_ROWS = (1024.0, 256.0)
"""Healthy and faulty rows after which losses have faded to a third."""

DOUBT_ROWS = 64.0
"""The losses of a new detector are those of the others, as if so many rows had said so."""

SMALLEST_P = 1e-12
_FEWEST = 3
_HALVINGS = 60
# Of uniform p-values on healthy rows; what matters is that all begin alike.
_FIRST_LOSS = 0.63


class MemberWeights:
    """State of d detectors: `losses` and `rows` (2, d), of healthy and faulty rows; `in_use` (d,) the weights."""

    def __init__(self, members: int) -> None:
        self.in_use = np.full(members, 1.0 / members)
        self._losses = np.full((2, members), _FIRST_LOSS)
        self._rows = np.zeros((2, members))

    def watch(self, p_values: NDArray[np.float64], is_open: NDArray[np.bool_]) -> None:
        """Take in what the detectors said of rows (n, d), NaN where nothing, while an anomaly was open or not (n,)."""
        _watch(self._losses, self._rows, p_values, is_open, np.array(MEMORY_ROWS))

    def renew(self, member: int) -> None:
        """Have a detector that another took the place of be worth as much as the others are on average."""
        others = np.arange(self._losses.shape[1]) != member
        self._losses[:, member] = self._losses[:, others].mean(axis=1)
        self._rows[:, member] = 0.0
        self.settle()

    def settle(self) -> None:
        """Put the weights that follow from the losses so far into use."""
        loss = self._losses.sum(axis=0)
        self.in_use = bounded(np.exp(-RATE * (loss - loss.min())))

    def pack(self) -> bytes:
        """Return the state as bytes."""
        return np.concatenate([self.in_use, self._losses.ravel(), self._rows.ravel()]).tobytes()

    def restore(self, packed: bytes) -> None:
        """Put back what was packed; raises BadDataError on a state of another number of detectors."""
        d = len(self.in_use)
        if len(packed) != 8 * 5 * d:
            raise BadDataError(
                f"Stored weights have {len(packed)} bytes, not {8 * 5 * d} of {d} detectors; "
                "delete the state table to learn anew."
            )
        numbers = np.frombuffer(packed, np.float64).copy()
        losses, rows = numbers[d:].reshape(2, 2, d)
        self.in_use, self._losses, self._rows = numbers[:d], losses, rows


def bounded(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return positive weights (d,), 2 to 20 of them, in proportion but each from LEAST to MOST, with a sum of 1."""
    found = weights.copy()
    _bound(found)
    found /= found.sum()
    return found


@kernel
def _bound(weights: NDArray[np.float64]) -> None:
    """Scale weights (d,) so that they add up to 1 when each is cut to its bounds, and cut them."""
    largest, smallest = weights[0], weights[0]
    for weight in weights:
        largest, smallest = max(largest, weight), min(smallest, weight)
    low, high = LEAST / largest, MOST / smallest
    for _ in range(_HALVINGS):
        scale = sqrt(low * high)
        total = 0.0
        for weight in weights:
            total += min(max(scale * weight, LEAST), MOST)
        if total < 1.0:
            low = scale
        else:
            high = scale
    for d in range(len(weights)):
        weights[d] = min(max(high * weights[d], LEAST), MOST)


@kernel
def _watch(
    losses: NDArray[np.float64],
    rows: NDArray[np.float64],
    p_values: NDArray[np.float64],
    is_open: NDArray[np.bool_],
    memory_rows: NDArray[np.float64],
) -> None:
    for i in range(len(p_values)):
        known, faulty, healthy = 0, 0, 0
        for p in p_values[i]:
            if not isnan(p):
                known += 1
                faulty += 1 if p < FAULTY_P else 0
                healthy += 1 if p > HEALTHY_P else 0
        if known < _FEWEST:
            continue
        if is_open[i] or 2 * faulty > known:
            of = 1
        elif 2 * healthy > known:
            of = 0
        else:
            continue
        for d in range(p_values.shape[1]):
            p = p_values[i, d]
            if isnan(p):
                continue
            odds = 0.5 / sqrt(max(p, SMALLEST_P))
            loss = log1p(1.0 / odds) if of == 1 else log1p(odds)
            rows[of, d] = min(rows[of, d] + 1.0, memory_rows[of])
            losses[of, d] += (loss - losses[of, d]) / min(rows[of, d] + DOUBT_ROWS, memory_rows[of])
