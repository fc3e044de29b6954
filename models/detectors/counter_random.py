"""Random numbers as a function of a seed and a counter: whoever stores the counter goes on with the same numbers.

Source: Steele, G. L., Lea, D. and Flood, C. H. (2014), Fast splittable pseudorandom number generators, OOPSLA (its
SplitMix64 finaliser).
"""

import numpy as np

from models.kernel import kernel

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@kernel
def _finalised(z: np.uint64) -> np.uint64:
    z = (z ^ (z >> _30)) * _FIRST
    z = (z ^ (z >> _27)) * _SECOND
    return z ^ (z >> _31)


@kernel
def bits(seed: int, counter: int) -> np.uint64:
    """Return 64 random bits."""
    return _finalised(_finalised(np.uint64(seed) + _STEP) + np.uint64(counter) * _STEP)


@kernel
def below(seed: int, counter: int, bound: int) -> int:
    """Return a whole number from 0 to `bound` - 1; `bound` is small against 2**64."""
    return int(np.int64(bits(seed, counter) % np.uint64(bound)))


@kernel
def unit(seed: int, counter: int) -> float:
    """Return a number in [0, 1)."""
    return np.float64(bits(seed, counter) >> _11) * 2.0**-53
