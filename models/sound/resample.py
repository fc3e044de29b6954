"""Sound at another rate brought to that of the analysis, piece by piece, by the filter of SciPy's `resample_poly`.

The rates' ratio is up / down; the filter is a windowed sinc (Kaiser, β 5) with 10 zero crossings a side at the lower of
the two rates, unit gain, and half of the lower rate as its edge. Sample m of the output stands for the time m / RATE_HZ
of the input, as in `resample_poly`; it comes when the half filter behind that time is filled. Before the first sample
there is silence. Every output sample is one sum in a fixed order, so the cuts of the input do not matter.
Source: Crochiere, R. E. and Rabiner, L. R. (1983), Multirate Digital Signal Processing, ch. 3.
"""

from functools import lru_cache
from math import gcd
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel
from models.sound.framing import RATE_HZ

_CROSSINGS = 10
_BETA = 5.0
MOST_PHASES = 640
"""Rates whose ratio to RATE_HZ has a larger numerator would need a table of millions."""


class Filter(NamedTuple):
    """Taps by phase (up, taps) float32, those of the newest input last; output m needs input from (m · down) // up."""

    up: int
    down: int
    taps: NDArray[np.float32]

    @property
    def behind(self) -> int:
        """Input samples behind an output's time that its sum needs."""
        return int(self.taps.shape[1]) // 2


def is_known_rate(rate_hz: int) -> bool:
    """Return whether sound of this rate can be brought to RATE_HZ."""
    return RATE_HZ // gcd(RATE_HZ, rate_hz) <= MOST_PHASES


@lru_cache(maxsize=64)
def _filter(rate_hz: int) -> Filter:
    common = gcd(RATE_HZ, rate_hz)
    up, down = RATE_HZ // common, rate_hz // common
    half = _CROSSINGS * max(up, down)
    at = np.arange(-half, half + 1)
    window = np.kaiser(2 * half + 1, _BETA)
    impulse = np.sinc(at / max(up, down)) * window
    impulse *= up / impulse.sum()
    # Output m is Σ_k impulse[half + m·down − k·up] · x[k]: by phase, over inputs around k = m·down / up.
    side = half // up + 1
    taps = np.zeros((up, 2 * side + 1))
    for phase in range(up):
        for t in range(2 * side + 1):
            place = half + phase - (t - side) * up
            if 0 <= place <= 2 * half:
                taps[phase, t] = impulse[place]
    return Filter(up, down, np.ascontiguousarray(taps, np.float32))


class Resampling:
    """The resampling of one run of sound: the last input samples, and how many came in and went out."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._filter = _filter(rate_hz)
        self.taken = self.given = 0
        # Silence before the first sample.
        self.held: NDArray[np.float32] = np.zeros(self._filter.behind, np.float32)

    def advance(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the output samples that the next input samples complete, float32."""
        up, down, taps = self._filter
        behind = self._filter.behind
        held = np.concatenate([self.held, samples])
        self.taken += len(samples)
        # The last output m whose input (m·down) // up + behind has come.
        end = max(((self.taken - behind) * up + down - 1) // down, self.given) if self.taken > behind else self.given
        out = np.empty(end - self.given, np.float32)
        first_held = self.taken - len(held)
        _convolve(held, first_held, taps, up, down, behind, self.given, out)
        self.given = end
        keep_from = (self.given * down) // up - behind
        self.held = held[max(keep_from - first_held, 0) :].copy()
        return out


def resampling(rate_hz: int) -> Resampling | None:
    """Return what brings sound of this rate to RATE_HZ; None where it is that already."""
    return None if rate_hz == RATE_HZ else Resampling(rate_hz)


@kernel
def _convolve(
    held: NDArray[np.float32],
    first_held: int,
    taps: NDArray[np.float32],
    up: int,
    down: int,
    behind: int,
    given: int,
    out: NDArray[np.float32],
) -> None:
    for m in range(len(out)):
        time = (given + m) * down
        begin = time // up - behind - first_held
        weights = taps[time % up]
        # Four sums, one behind the other: a single one would wait for itself.
        a, b, c, d = np.float32(0.0), np.float32(0.0), np.float32(0.0), np.float32(0.0)
        t = 0
        while t + 4 <= len(weights):
            a += weights[t] * held[begin + t]
            b += weights[t + 1] * held[begin + t + 1]
            c += weights[t + 2] * held[begin + t + 2]
            d += weights[t + 3] * held[begin + t + 3]
            t += 4
        while t < len(weights):
            a += weights[t] * held[begin + t]
            t += 1
        out[m] = (a + b) + (c + d)
