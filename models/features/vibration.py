"""Severity of vibration: the rms of its velocity between 10 and 1,000 Hz, and the zone that ISO 20816-3 puts it in.

Acceleration is integrated in the frequency domain: each line's power over (2 pi f)^2, summed over the band, with the
Hann window's noise bandwidth of 1.5 lines taken out. A block should hold some periods of 10 Hz; a shorter one has only
the lines that it can tell apart.

Stated answers: constant blocks have 0; a block with a NaN or a sample beyond ±1e100, one whose unit is no acceleration
and one without a line in the band have NaN, and NaN has the zone "".
Source: ISO 20816-3:2022, tables A.1 and A.2 (the values of ISO 10816-3:2009); Brandt (2011), Noise and
Vibration Analysis, Wiley, for the integration.
"""

from math import isnan, nan, pi, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.features.spectrum import Spectra
from models.kernel import kernel

LOW_HZ = 10.0
HIGH_HZ = 1000.0
NOISE_BANDWIDTH = 1.5

MM_S2: dict[str, float] = {
    "g": 9806.65,
    "mg": 9.80665,
    "m/s²": 1000.0,
    "m/s2": 1000.0,
    "m/s^2": 1000.0,
    "mm/s²": 1.0,
    "mm/s2": 1.0,
    "mm/s^2": 1.0,
}
"""Units of acceleration, and what one is in mm/s²."""

Group = Literal[1, 2]
Support = Literal["rigid", "flexible"]

ZONE_LIMITS_MM_S: dict[tuple[Group, Support], tuple[float, float, float]] = {
    (1, "rigid"): (2.3, 4.5, 7.1),
    (1, "flexible"): (3.5, 7.1, 11.0),
    (2, "rigid"): (1.4, 2.8, 4.5),
    (2, "flexible"): (2.3, 4.5, 7.1),
}
"""Upper limits of zones A, B and C. Group 1: above 300 kW or shaft height from 315 mm; group 2: 15 to 300 kW."""


def velocity_rms_mm_s(
    spectra: Spectra, unit: str | None, low_hz: float = LOW_HZ, high_hz: float = HIGH_HZ
) -> NDArray[np.float64]:
    """Return the rms of the velocity in a band in mm/s, float64 (n,), of acceleration in `unit`.

    For machines below 600 r/min the standard begins at 2 Hz.
    """
    out = np.full(spectra.power.shape[0], np.nan)
    first = int(np.ceil(low_hz * spectra.samples / spectra.rate_hz))
    end = min(int(high_hz * spectra.samples / spectra.rate_hz), spectra.power.shape[1] - 1)
    if unit in MM_S2 and 0 < first <= end:
        _velocity_rms(spectra.power, first, end, spectra.resolution_hz, MM_S2[unit], out)
    return out


def zones(velocity_mm_s: NDArray[np.float64], group: Group = 2, support: Support = "rigid") -> NDArray[np.str_]:
    """Return the zone of each velocity: A new, B fit for long service, C not for long, D harmful; "" for NaN."""
    letters = np.array(["A", "B", "C", "D"])
    found = letters[np.searchsorted(ZONE_LIMITS_MM_S[group, support], velocity_mm_s).clip(max=3)]
    return np.where(np.isnan(velocity_mm_s), "", found)


@kernel
def _velocity_rms(
    power: NDArray[np.float64], first: int, end: int, resolution_hz: float, factor: float, out: NDArray[np.float64]
) -> None:
    for i in range(power.shape[0]):
        total = 0.0
        for k in range(first, end + 1):
            radians_per_s = 2.0 * pi * k * resolution_hz
            total += power[i, k] / (radians_per_s * radians_per_s)
        # NaN is written out, for the sign of one that comes out of arithmetic depends on the instruction.
        out[i] = nan if isnan(total) else factor * sqrt(0.5 * total / NOISE_BANDWIDTH)
