"""What is usual for a sensor's blocks: a healthy mean of each column, which may follow the speed, and a scale.

The mean is a quadratic in ln(speed), its slopes held small by a ridge; the scale is the residual of rows (of whole
groups of speeds, where there are three) that were left out of the fit. So neither a speed that was never seen nor the
few rows to learn from make the scale too small.
Source: Hoerl and Kennard (1970), Ridge regression, Technometrics 12; Stone (1974), Cross-validatory choice, JRSS B 36.
"""

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from models.blocks.columns import FIRST_ORDER, GROUP, IS_LOG, IS_RISE, UNJUDGED
from models.blocks.state import POWERS

RIDGE_SHARE = 0.05
GROUP_WIDTH = 0.05
"""Speeds closer than so much in their logarithms are one group."""

# The smallest scale: what is steadier than this in learning is not worth an alarm when it moves by so little.
_FLOOR_SPECTRUM = 0.15
_FLOOR_LOG = 0.05
_FLOOR_SHARE_OF_LEVEL = 0.02


@dataclass(frozen=True, slots=True)
class Baseline:
    """`healthy` (columns, POWERS) and `per_scale` (columns,), and the z of the rows learned from, each left out."""

    by_speed: bool
    ln_speed: float
    ln_speed_range: tuple[float, float]
    healthy: NDArray[np.float32]
    per_scale: NDArray[np.float32]
    z: NDArray[np.float64]


def fit(rows: NDArray[np.float64], ln_speed: NDArray[np.float64]) -> Baseline:
    """Return the baseline of judged rows (m, columns) at the logarithms (m,) of their speeds (NaN: not known)."""
    m, columns = rows.shape
    by_speed = bool(np.isfinite(ln_speed).all())
    origin = float(ln_speed.mean()) if by_speed else 0.0
    x = ln_speed - origin if by_speed else np.zeros(m)
    usable = np.isfinite(rows).all(axis=0) & ((GROUP != UNJUDGED) | (IS_RISE == 1))
    values = np.where(usable, rows, 0.0)
    healthy = _solve(x, values)
    residual = np.empty_like(values)
    for group in _groups(x):
        inside = ~group
        residual[group] = values[group] - _predict(x[group], _solve(x[inside], values[inside]))
    squares: NDArray[np.float64] = np.zeros(columns)
    for row in residual:
        squares = squares + row * row
    floor = np.where(IS_LOG, _FLOOR_LOG, _FLOOR_SHARE_OF_LEVEL * np.abs(healthy[:, 0]))
    floor[FIRST_ORDER:] = _FLOOR_SPECTRUM
    scale = np.sqrt(squares / m + floor * floor)
    per_scale = np.where(usable & (scale > 0.0), 1.0 / np.where(scale > 0.0, scale, 1.0), 0.0)
    seen = (float(x.min()) + origin, float(x.max()) + origin)
    return Baseline(
        by_speed, origin, seen, healthy.astype(np.float32), per_scale.astype(np.float32), residual * per_scale
    )


def _groups(x: NDArray[np.float64]) -> list[NDArray[np.bool_]]:
    """Return masks of the rows to leave out together: groups of speeds where there are three, else single rows."""
    of_row = np.floor(x / GROUP_WIDTH + 0.5)
    speeds = np.unique(of_row)
    if len(speeds) >= 3:
        return [of_row == speed for speed in speeds]
    return [np.arange(len(x)) == i for i in range(len(x))]


def _powers(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return x[:, None] ** np.arange(POWERS)


def _solve(x: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ridge coefficients (columns, POWERS)."""
    powers = _powers(x)
    ridge = np.diag([0.0] + [RIDGE_SHARE * len(x)] * (POWERS - 1))
    return np.ascontiguousarray(np.linalg.solve(powers.T @ powers + ridge, powers.T @ values).T, np.float64)


def _predict(x: NDArray[np.float64], healthy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(_powers(x) @ healthy.T, np.float64)


def ln_of(speed_rpm: float) -> float:
    """Return the logarithm of a speed, NaN where it is none."""
    return float(np.log(speed_rpm)) if isfinite(speed_rpm) and speed_rpm > 0.0 else float("nan")
