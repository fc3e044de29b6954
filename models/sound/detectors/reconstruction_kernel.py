"""How badly a clip is rebuilt from its neighbours: the arithmetic of local linear reconstruction.

The weights w with sum 1 that rebuild a clip x from its k nearest training clips solve (G + λ tr(G)/k · I) w ∝ 1 with
G = D Dᵀ, D = neighbours − x; what remains, ln ‖wᵀ D‖, is compared with what remains of the nearest training clips
when they are rebuilt themselves.
Source: Roweis, S. T. and Saul, L. K. (2000), Nonlinear dimensionality reduction by locally linear embedding, Science
290 (the weights); Breunig, M. M. et al. (2000), LOF, SIGMOD (the comparison with the neighbours' own value).
"""

from math import log

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel
from models.sound.detectors.nearest_clips import nearest, squared_distances

NEIGHBOURS = 20
COMPARED = 8
"""Nearest clips whose own residuals tell what is usual here."""

RIDGE = np.float32(0.3)
COMPARED_SHARE = 0.85
LANES = 32
"""Clips that are worked on side by side: every inner loop runs over them, and each clip's sums stay its own."""

_LEAST = 1e-30
_ZERO, _ONE = np.float32(0.0), np.float32(1.0)


@kernel
def _gram(differences: NDArray[np.float32], gram: NDArray[np.float32]) -> None:
    """Write the lower triangle (k, k, lanes) of the products of `differences` (b, k, lanes); b is a multiple of 4."""
    for a in range(NEIGHBOURS):
        for c in range(a + 1):
            products = gram[a, c]
            for lane in range(len(products)):
                products[lane] = _ZERO
            for j in range(0, len(differences), 4):
                x0, x1, x2, x3 = differences[j, a], differences[j + 1, a], differences[j + 2, a], differences[j + 3, a]
                y0, y1, y2, y3 = differences[j, c], differences[j + 1, c], differences[j + 2, c], differences[j + 3, c]
                for lane in range(len(products)):
                    products[lane] += (x0[lane] * y0[lane] + x1[lane] * y1[lane]) + (
                        x2[lane] * y2[lane] + x3[lane] * y3[lane]
                    )


@kernel
def _add_ridge(gram: NDArray[np.float32], ridge: NDArray[np.float32]) -> None:
    """Write the ridge (lanes,) and add it to the diagonals; where all neighbours equal the clip, it is 1."""
    for lane in range(len(ridge)):
        ridge[lane] = _ZERO
    for a in range(NEIGHBOURS):
        diagonal = gram[a, a]
        for lane in range(len(ridge)):
            ridge[lane] += diagonal[lane]
    for lane in range(len(ridge)):
        ridge[lane] = RIDGE * ridge[lane] / np.float32(NEIGHBOURS) if ridge[lane] > _ZERO else _ONE
    for a in range(NEIGHBOURS):
        diagonal = gram[a, a]
        for lane in range(len(ridge)):
            diagonal[lane] += ridge[lane]


@kernel
def _solve(gram: NDArray[np.float32], weights: NDArray[np.float32]) -> None:
    """Write the solutions (k, lanes) of gram · weights = 1; `gram` (k, k, lanes) becomes its Cholesky factor."""
    for a in range(NEIGHBOURS):
        ones = weights[a]
        for lane in range(len(ones)):
            ones[lane] = _ONE
    for j in range(NEIGHBOURS):
        pivot, of_pivot = gram[j, j], weights[j]
        for lane in range(len(pivot)):
            pivot[lane] = _ONE / np.sqrt(pivot[lane])
            of_pivot[lane] *= pivot[lane]
        for a in range(j + 1, NEIGHBOURS):
            below, of_row = gram[a, j], weights[a]
            for lane in range(len(pivot)):
                below[lane] *= pivot[lane]
                of_row[lane] -= below[lane] * of_pivot[lane]
        for a in range(j + 1, NEIGHBOURS):
            below = gram[a, j]
            for c in range(j + 1, a + 1):
                beside, rest = gram[c, j], gram[a, c]
                for lane in range(len(pivot)):
                    rest[lane] -= below[lane] * beside[lane]
    for i in range(NEIGHBOURS):
        j = NEIGHBOURS - 1 - i
        pivot, of_pivot = gram[j, j], weights[j]
        for a in range(j + 1, NEIGHBOURS):
            below, of_row = gram[a, j], weights[a]
            for lane in range(len(pivot)):
                of_pivot[lane] -= below[lane] * of_row[lane]
        for lane in range(len(pivot)):
            of_pivot[lane] *= pivot[lane]


@kernel
def _log_residual(weights: NDArray[np.float32], lane: int, ridge: float) -> float:
    """Return ln ‖wᵀ D‖ of one lane, the weights scaled to the sum 1."""
    total, squares = 0.0, 0.0
    for a in range(NEIGHBOURS):
        weight = np.float64(weights[a, lane])
        total += weight
        squares += weight * weight
    # wᵀ G w without the ridge, since (G + ridge) w = 1.
    return 0.5 * log(max((total - ridge * squares) / (total * total), _LEAST))


@kernel
def residuals(
    bank: NDArray[np.float32],
    clips: NDArray[np.float32],
    usual: NDArray[np.float64],
    rows: NDArray[np.float32],
    itself: NDArray[np.int64],
    squares: NDArray[np.float32],
    least: NDArray[np.float32],
    order: NDArray[np.int64],
    distance: NDArray[np.float32],
    differences: NDArray[np.float32],
    gram: NDArray[np.float32],
    weights: NDArray[np.float32],
    ridge: NDArray[np.float32],
    out: NDArray[np.float64],
) -> None:
    """Write the log residual (n,) of each of `rows` (n, b) against that of its neighbours.

    `bank` (b, m) and `clips` (m, b) are the same clips; `usual` (m,) are their own residuals, or ones; `itself` (n,)
    is a row's own place in the bank, or NOT_IN_BANK. The rest is room to work in: `squares` (m,), `least` (GROUPS,),
    `order` and `distance` (k,), `differences` (b, k, lanes), `gram` (k, k, lanes), `weights` (k, lanes) and `ridge`
    (lanes,).
    """
    for first in range(0, len(rows), len(ridge)):
        lanes = min(len(ridge), len(rows) - first)
        for lane in range(lanes):
            row = rows[first + lane]
            squared_distances(bank, row, squares)
            nearest(squares, itself[first + lane], least, order, distance)
            around = 0.0
            for a in range(COMPARED):
                around += usual[order[a]]
            out[first + lane] = -COMPARED_SHARE * log(around / COMPARED)
            for a in range(NEIGHBOURS):
                clip = clips[order[a]]
                for j in range(len(row)):
                    differences[j, a, lane] = clip[j] - row[j]
        # Lanes without a clip hold what was there before, and are not looked at.
        _gram(differences, gram)
        _add_ridge(gram, ridge)
        _solve(gram, weights)
        for lane in range(lanes):
            out[first + lane] += _log_residual(weights, lane, np.float64(ridge[lane]))
