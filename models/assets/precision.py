"""The relation of the sensors: the inverse of their shrunk correlation matrix.

Row j of the precision matrix P is the regression of sensor j on the others: its residual is (P u)_j / P_jj, whose
variance is 1 / P_jj. Shrinking towards the identity is ridge regression for every sensor at once.
Source: Ledoit, O., Wolf, M. (2004), A well-conditioned estimator for large-dimensional covariance matrices, J.
Multivar. Anal. 88; Whittaker, J. (1990), Graphical Models in Applied Multivariate Statistics, Wiley, for regressions.
"""

import numpy as np
from numpy.typing import NDArray

from models.assets.moments import sd
from models.kernel import kernel

LEAST_SHRINKAGE = 0.005
SHRINKAGE_PER_SENSOR = 0.5
SMALLEST_PIVOT = 1e-4


@kernel
def _invert(matrix: NDArray[np.float64], size: int) -> bool:
    """Invert a symmetric positive definite matrix in place (Gauss-Jordan); returns whether it is one."""
    for p in range(size):
        pivot = matrix[p, p]
        if not pivot > SMALLEST_PIVOT:
            return False
        inverse = 1.0 / pivot
        for k in range(size):
            matrix[p, k] *= inverse
        matrix[p, p] = inverse
        for i in range(size):
            if i != p:
                factor = matrix[i, p]
                matrix[i, p] = 0.0
                for k in range(size):
                    matrix[i, k] -= factor * matrix[p, k]
    return True


@kernel
def refresh(
    slots: NDArray[np.void], sensors: int, ripe_ticks: int, matrix: NDArray[np.float64], place: NDArray[np.int64]
) -> None:
    """Write the weights of all slots; zeros for a sensor that is too young or constant.

    `matrix` (SENSORS, SENSORS) and `place` (SENSORS,) are scratch space.
    """
    size = 0
    youngest = 1 << 62
    for j in range(sensors):
        if slots[j].ticks >= ripe_ticks and sd(slots[j], j) > 0.0:
            place[size] = j
            size += 1
            youngest = min(youngest, slots[j].ticks)
    shrinkage = min(max(LEAST_SHRINKAGE, SHRINKAGE_PER_SENSOR * size / youngest), 0.5)
    done = size < 2
    while not done:
        for a in range(size):
            for b in range(a + 1):
                row, column = slots[place[a]], place[b]
                scale = sd(row, place[a]) * sd(slots[column], column)
                found = (1.0 - shrinkage) * min(max(row.moments[column] / scale, -1.0), 1.0)
                matrix[a, b] = found
                matrix[b, a] = found
            matrix[a, a] = 1.0
        done = _invert(matrix, size)
        # Pairs that were learned at different times need not fit together; then shrink more.
        shrinkage = min(2.0 * shrinkage, 1.0)
    for j in range(sensors):
        for k in range(slots[j].weights.size):
            slots[j].weights[k] = 0.0
    if size >= 2:
        for a in range(size):
            for b in range(size):
                slots[place[a]].weights[place[b]] = 0.5 * (matrix[a, b] + matrix[b, a])
