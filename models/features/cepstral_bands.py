"""The shape of a power spectrum in thirty numbers, and the energy at the low orders of the shaft.

Log energies of 256 equal bands up to half the rate, through an orthonormal DCT of which the first coefficients stay:
the level, the tilt and the ripple of the spectrum, little disturbed by where single lines lie.
Source: Davis and Mermelstein (1980), Comparison of parametric representations, IEEE Trans. ASSP 28; here equal bands.
"""

from itertools import pairwise
from math import log, nan

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel

BANDS = 256
COEFFICIENTS = 30
ORDER_EDGES: tuple[float, ...] = (0.5, 1.5, 2.5, 3.5, 4.5, 6.5, 9.5)
"""Edges of the order bands in multiples of the shaft's speed."""
ORDERS = len(ORDER_EDGES) - 1

CEPSTRUM_NAMES: tuple[str, ...] = tuple(f"cepstrum_{k}" for k in range(COEFFICIENTS))
ORDER_NAMES: tuple[str, ...] = tuple(f"order_{low:g}_{high:g}" for low, high in pairwise(ORDER_EDGES))

# Energies below this share of the whole are rounding, not signal.
_FLOOR_SHARE = 1e-10
_EDGES = np.array(ORDER_EDGES)


def _cosines() -> NDArray[np.float64]:
    """Return the orthonormal DCT-II as (BANDS, COEFFICIENTS)."""
    band = (2.0 * np.arange(BANDS)[:, None] + 1.0) / (2.0 * BANDS)
    cosines = np.sqrt(2.0 / BANDS) * np.cos(np.pi * band * np.arange(COEFFICIENTS))
    cosines[:, 0] /= np.sqrt(2.0)
    return np.ascontiguousarray(cosines)


_COSINES = _cosines()


def cepstral_bands(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n, COEFFICIENTS) of power spectra (n, bins); NaN for a row without power or with a NaN."""
    out = np.empty((len(power), COEFFICIENTS))
    _cepstra(np.ascontiguousarray(power), _COSINES, np.empty(power.shape[1] + 1), out)
    return out


def order_bands(power: NDArray[np.float64], rate_hz: float, speed_rpm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n, ORDERS) natural logs of the energy between ORDER_EDGES, for spectra (n, bins) and shaft speeds (n,).

    NaN where the speed is not known, a band is narrower than a bin or ends above half the rate.
    """
    out = np.empty((len(power), ORDERS))
    bin_hz = rate_hz / 2.0 / max(power.shape[1] - 1, 1)
    speed_rpm = np.ascontiguousarray(speed_rpm, np.float64)
    _orders(np.ascontiguousarray(power), bin_hz, speed_rpm, _EDGES, np.empty(power.shape[1] + 1), out)
    return out


@kernel
def _running_sum(power: NDArray[np.float64], total: NDArray[np.float64]) -> None:
    total[0] = 0.0
    for j in range(len(power)):
        total[j + 1] = total[j] + power[j]


@kernel
def _up_to(total: NDArray[np.float64], bins: float) -> float:
    """Return the energy of the first `bins` bins, the last one in part."""
    inside = min(max(bins, 0.0), len(total) - 1.0)
    whole = int(inside)
    if whole == len(total) - 1:
        return float(total[whole])
    return float(total[whole] + (inside - whole) * (total[whole + 1] - total[whole]))


@kernel
def _cepstra(
    power: NDArray[np.float64], cosines: NDArray[np.float64], total: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    bins = power.shape[1]
    width = (bins - 1.0) / BANDS
    for i in range(len(power)):
        _running_sum(power[i], total)
        whole = total[bins]
        for k in range(COEFFICIENTS):
            out[i, k] = 0.0 if 0.0 < whole < np.inf else nan
        if not 0.0 < whole < np.inf:
            continue
        for band in range(BANDS):
            energy = _up_to(total, (band + 1) * width + 0.5) - _up_to(total, band * width + 0.5)
            level = log(max(energy, 0.0) + _FLOOR_SHARE * whole)
            for k in range(COEFFICIENTS):
                out[i, k] += cosines[band, k] * level


@kernel
def _orders(
    power: NDArray[np.float64],
    bin_hz: float,
    speed_rpm: NDArray[np.float64],
    edges: NDArray[np.float64],
    total: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    bins = power.shape[1]
    for i in range(len(power)):
        _running_sum(power[i], total)
        whole = total[bins]
        per_order = speed_rpm[i] / 60.0 / bin_hz
        for k in range(ORDERS):
            low, high = edges[k] * per_order, edges[k + 1] * per_order
            # Written so that NaN fails.
            if not (high - low >= 1.0 and high <= bins - 1.0 and 0.0 < whole < np.inf):
                out[i, k] = nan
                continue
            energy = _up_to(total, high + 0.5) - _up_to(total, low + 0.5)
            out[i, k] = log(max(energy, 0.0) + _FLOOR_SHARE * whole)
