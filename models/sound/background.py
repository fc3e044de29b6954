"""Noise of the surroundings that drowns a machine: nearly all of the spectrum has risen, its valleys the most, evenly.

Noise adds to the power of every band: where the machine is loud, hardly anything changes; where it is quiet, the noise
is what is heard. So three bands in four are up, none is down, a band has risen the more the quieter it usually is, and
what was added lies along a line over the bands. A fault makes sound in some bands, or most of it around a resonance;
another gain moves all bands alike.
"""

from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel

RAISED_SHARE = 0.75
MOST_LOWERED = 1
LARGEST_SLOPE = -0.05
"""Rise of a band for each natural logarithm of power by which it is usually above the others; noise alone: −1."""

LARGEST_ROUGHNESS = 0.58  # 2.5 dB
"""Deviation of what was added from a line over the bands: white noise has 0.2, pink 0.4, a ringing bearing 1.5."""

_LEAST_RISE = 0.23  # 1 dB
_SPREADS = 2.0


@kernel
def rise(free: NDArray[np.float32], usual: NDArray[np.float32], scale: NDArray[np.float32], louder: float) -> float:
    """Return by how much the bands have risen in the mean where they rose as noise has them rise, else 0.

    `free` (bands,) is the profile of a clip, `usual` and `scale` what is usual for it, `louder` by how much its level
    is above the usual one; all in natural logarithms of power.
    """
    bands = len(free)
    raised, lowered = 0, 0
    mean_rise, mean_usual, mean_place, mean_added = 0.0, 0.0, 0.0, 0.0
    for band in range(bands):
        step = free[band] - usual[band] + louder
        mean_rise += step / bands
        mean_usual += usual[band] / bands
        least = max(_LEAST_RISE, _SPREADS * scale[band])
        lowered += step < -least
        if step > least:
            raised += 1
            mean_place += band
            mean_added += usual[band] + log(exp(step) - 1.0)
    if raised < RAISED_SHARE * bands or lowered > MOST_LOWERED:
        return 0.0
    mean_place /= raised
    mean_added /= raised
    together, square = 0.0, 0.0
    along, places, squares = 0.0, 0.0, 0.0
    for band in range(bands):
        step, above = free[band] - usual[band] + louder, usual[band] - mean_usual
        together += above * (step - mean_rise)
        square += above * above
        if step > max(_LEAST_RISE, _SPREADS * scale[band]):
            added = usual[band] + log(exp(step) - 1.0) - mean_added
            along += (band - mean_place) * added
            places += (band - mean_place) ** 2
            squares += added * added
    roughness = sqrt(max(squares - along * along / places, 0.0) / raised)
    return mean_rise if together <= LARGEST_SLOPE * square and roughness <= LARGEST_ROUGHNESS else 0.0
