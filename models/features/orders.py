"""Order tracking: amplitudes at multiples of the shaft's speed, also while the speed changes.

At one speed the amplitude is a Hann-tapered Fourier sum at the very frequency, not at the nearest line. Where the speed
changes within a block, the block is first sampled again at equal angles of the shaft, by cubic convolution; orders keep
their places there. An amplitude is that of a sine, in the unit of the samples.

Stated answers: a constant row has 0; a row with a NaN or a sample beyond ±1e100, a speed that is not positive and an
order from half the rate on have NaN.
Source: Fyfe and Munck (1997), Analysis of computed order tracking, Mechanical Systems and Signal Processing 11; Keys
(1981), Cubic convolution interpolation for digital image processing, IEEE Trans. ASSP 29.
"""

from collections.abc import Sequence
from math import ceil, cos, nan, pi, sin, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.features.rows import centre, checked
from models.features.spectrum import hann
from models.kernel import kernel
from schemas.errors import BadDataError

WIDEST_RATIO = 16.0


def order_amplitudes(
    blocks: ArrayLike, rate_hz: float, shaft_hz: ArrayLike, orders: Sequence[float]
) -> NDArray[np.float64]:
    """Return the amplitudes at `orders` times `shaft_hz`, one speed for all or one a row, float64 (n, orders)."""
    rows = checked(blocks)
    n, samples = rows.shape
    tapered = np.empty_like(rows)
    centre(rows, hann(samples) * (4.0 / samples), tapered)
    speeds = np.broadcast_to(np.asarray(shaft_hz, np.float64) / rate_hz, n)
    out = np.empty((n, len(orders)))
    _amplitudes(tapered, np.ascontiguousarray(speeds), np.asarray(orders, np.float64), out)
    return out


def tracked_order_amplitudes(
    block: ArrayLike, rate_hz: float, speed_s: ArrayLike, speed_hz: ArrayLike, orders: Sequence[float]
) -> NDArray[np.float64]:
    """Return the amplitudes at `orders` of one block (w,) of changing speed, float64 (orders,).

    The speed is given and errors are raised as in `at_equal_angles`.
    """
    resampled, samples_per_revolution = at_equal_angles(block, rate_hz, speed_s, speed_hz)
    return order_amplitudes(resampled[None, :], samples_per_revolution, 1.0, orders).ravel()


def at_equal_angles(
    block: ArrayLike, rate_hz: float, speed_s: ArrayLike, speed_hz: ArrayLike
) -> tuple[NDArray[np.float64], int]:
    """Return a block (w,) sampled at equal angles of the shaft, float64 (k,), and its samples per revolution.

    The shaft turns `speed_hz` (m,) times a second at `speed_s` (m,) seconds after the first sample, in between as
    interpolated. There are as many samples per revolution as the slowest turn has, so nothing folds back.
    Raises BadDataError unless times rise and speeds are positive and within a factor of 16.
    """
    samples = checked(np.asarray(block)[None, :])[0]
    times, speeds = np.atleast_1d(np.asarray(speed_s, np.float64)), np.atleast_1d(np.asarray(speed_hz, np.float64))
    if times.shape != speeds.shape or times.size == 0 or not (np.diff(times) > 0.0).all():
        raise BadDataError(f"speed has {speeds.size} values at {times.size} times: give one for each, at rising times")
    if not 0.0 < speeds.max() / WIDEST_RATIO <= speeds.min() < np.inf:
        raise BadDataError(
            f"speed_hz reaches from {speeds.min()} to {speeds.max()}: give positive speeds within a factor of 16, "
            "and cut a block that holds a start or a stop"
        )
    turning = np.interp(np.arange(samples.size) / rate_hz, times, speeds)
    turns = np.concatenate([[0.0], np.cumsum(0.5 * (turning[1:] + turning[:-1]) / rate_hz)])
    samples_per_revolution = ceil(rate_hz / turning.min())
    angles = np.arange(int(turns[-1] * samples_per_revolution) + 1) / samples_per_revolution
    out = np.empty(angles.size)
    _interpolate(samples, np.interp(angles, turns, np.arange(samples.size, dtype=np.float64)), out)
    return out, samples_per_revolution


@kernel
def _amplitudes(
    tapered: NDArray[np.float64], speeds: NDArray[np.float64], orders: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    for i in range(tapered.shape[0]):
        for j in range(orders.size):
            cycles_per_sample = orders[j] * speeds[i]
            if not 0.0 < cycles_per_sample < 0.5:
                out[i, j] = nan
                continue
            # A pointer that turns by the same angle each sample, in place of a cosine and a sine each.
            step_x, step_y = cos(2.0 * pi * cycles_per_sample), sin(2.0 * pi * cycles_per_sample)
            x, y = 1.0, 0.0
            in_phase, quadrature = 0.0, 0.0
            for k in range(tapered.shape[1]):
                in_phase += tapered[i, k] * x
                quadrature += tapered[i, k] * y
                x, y = x * step_x - y * step_y, x * step_y + y * step_x
            out[i, j] = sqrt(in_phase * in_phase + quadrature * quadrature)


@kernel
def _interpolate(samples: NDArray[np.float64], places: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    last = samples.size - 1
    for i in range(places.size):
        k = min(int(places[i]), last)
        t = places[i] - k
        b, c = samples[k], samples[min(k + 1, last)]
        # Beyond the ends the line through the last two samples goes on.
        a = samples[k - 1] if k > 0 else 2.0 * b - c
        d = samples[k + 2] if k + 2 <= last else 2.0 * c - b
        out[i] = b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
