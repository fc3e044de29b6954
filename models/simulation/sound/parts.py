"""What machine sound is made of; each part goes on where it stopped, so that cutting changes nothing.

Sources: Norton, M. P. and Karczub, D. G. (2003), Fundamentals of Noise and Vibration Analysis for Engineers, chapter 8
(blade and vane passing tones, broadband flow noise, bearing impacts that excite a resonance).
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

RATE_HZ = 16_000

_SPEED_WANDER = 0.004
_WANDER_HZ = 0.13


class Part(Protocol):
    """A sound that goes on: `next(first, samples)` is asked for consecutive stretches."""

    def next(self, first: int, samples: int) -> NDArray[np.float64]:
        """Return the samples (n,) from number `first` of the run on."""
        ...


def turns(first: int, samples: int, speed_hz: float) -> NDArray[np.float64]:
    """Return the turns (n,) that a shaft has made, whose speed wanders slowly by a few thousandths."""
    t = np.arange(first, first + samples) / RATE_HZ
    wander = _SPEED_WANDER / (2.0 * np.pi * _WANDER_HZ) * np.sin(2.0 * np.pi * _WANDER_HZ * t)
    return np.asarray(speed_hz * (t + wander))


class Tones:
    """Sines at `orders` of a shaft that turns `speed_hz` times a second."""

    def __init__(self, speed_hz: float, orders: Sequence[float], levels: Sequence[float], phase: float = 0.0) -> None:
        self._speed_hz, self._orders, self._levels, self._phase = speed_hz, orders, levels, phase

    def next(self, first: int, samples: int) -> NDArray[np.float64]:
        """Return the samples from number `first` on."""
        angle = 2.0 * np.pi * turns(first, samples, self._speed_hz)
        out = np.zeros(samples)
        for order, level in zip(self._orders, self._levels, strict=True):
            out += level * np.sin(order * (angle + self._phase))
        return out


class Noise:
    """Noise between two frequencies with standard deviation `level`, by `depth` louder and softer once in a turn."""

    def __init__(
        self,
        low_hz: float,
        high_hz: float,
        level: float,
        seed: Sequence[int],
        *,
        turn_hz: float = 1.0,
        depth: float = 0.0,
    ) -> None:
        self._random = np.random.default_rng(seed)
        self._filter = butter(2, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos")
        self._state = np.zeros((len(self._filter), 2))
        # White noise of variance 1 keeps the share of the band that the filter lets through.
        self._level = level / np.sqrt(2.0 * (high_hz - low_hz) / RATE_HZ)
        self._turn_hz, self._depth = turn_hz, depth

    def next(self, first: int, samples: int) -> NDArray[np.float64]:
        """Return the samples from number `first` on."""
        noise, self._state = sosfilt(self._filter, self._random.standard_normal(samples), zi=self._state)
        if self._depth:
            noise = noise * (1.0 + self._depth * np.sin(2.0 * np.pi * turns(first, samples, self._turn_hz)))
        return np.asarray(self._level * noise)


class Impacts:
    """Blows `hits_hz` times a second, each a little early or late, that make something ring at `ring_hz`."""

    def __init__(
        self, hits_hz: float, ring_hz: float, level: float, seed: int, *, decay_s: float = 0.002, jitter: float = 0.02
    ) -> None:
        self._hits_hz, self._level, self._seed, self._jitter = hits_hz, level, seed, jitter
        radius, angle = np.exp(-1.0 / (decay_s * RATE_HZ)), 2.0 * np.pi * ring_hz / RATE_HZ
        self._back = np.array([1.0, -2.0 * radius * np.cos(angle), radius**2])
        self._gain = np.array([np.sin(angle)])
        self._state = np.zeros(2)

    def next(self, first: int, samples: int) -> NDArray[np.float64]:
        """Return the samples from number `first` on."""
        begin, end = (at * self._hits_hz / RATE_HZ for at in (first, first + samples))
        number = np.arange(max(int(begin) - 1, 0), int(end) + 2)
        at = np.round((number + self._jitter * _scatter(number, self._seed)) * RATE_HZ / self._hits_hz).astype(int)
        inside = (at >= first) & (at < first + samples)
        blows = np.zeros(samples)
        np.add.at(blows, at[inside] - first, 1.0 + 0.3 * _scatter(number[inside], self._seed + 1))
        rings, self._state = lfilter(self._gain, self._back, blows, zi=self._state)
        return np.asarray(self._level * rings)


class Gated:
    """Another part, heard in the first `share` of every period."""

    def __init__(self, part: Part, period_s: float, share: float) -> None:
        self._part, self._period_s, self._share = part, period_s, share

    def next(self, first: int, samples: int) -> NDArray[np.float64]:
        """Return the samples from number `first` on."""
        place = np.arange(first, first + samples) / RATE_HZ / self._period_s % 1.0
        rise_s = min(0.02, 0.2 * self._share * self._period_s)
        edge = np.minimum(place, self._share - place) * self._period_s / rise_s
        return self._part.next(first, samples) * np.clip(edge, 0.0, 1.0)


def _scatter(number: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Return a number in [−1, 1) for each, the same for the same one."""
    return np.asarray(2.0 * (np.sin(12.9898 * number + 78.233 * (seed % 1009)) * 43758.5453 % 1.0) - 1.0)
