"""The envelope of a waveform, where the repeated impacts of a damaged bearing show, and its lines.

The band is cut out in the frequency domain, and the absolute value of its analytic signal is the envelope; its spectrum
is that of `spectrum`, its mean removed. Resonances that impacts excite lie high: the default band begins at a quarter
of half the rate, above the low harmonics of shaft and gears.

Stated answers: a constant row has an envelope of 0; a row with a NaN or a sample beyond ±1e100 has NaN throughout.
Source: Randall and Antoni (2011), Rolling element bearing diagnostics: a tutorial, Mechanical Systems and Signal
Processing 25; Marple (1999), Computing the discrete-time analytic signal via FFT, IEEE Trans. Signal Processing 47.
"""

from collections.abc import Sequence
from math import isnan, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from models.features.rows import centre
from models.features.spectrum import Spectra, power_spectra
from models.kernel import kernel
from schemas.errors import BadDataError

BAND: tuple[float, float] = (0.25, 1.0)
"""Default band, as shares of half the rate."""

SLIP_SHARE = 0.02
"""Rolling elements slip: a fault line lies within 2 % of where the geometry puts it."""


def envelopes(rows: NDArray[np.float64], band: tuple[float, float] = BAND) -> NDArray[np.float64]:
    """Return the envelopes (n, w) of checked `rows` (n, w) within `band`, shares of half the rate, ends included."""
    low, high = band
    if not 0.0 <= low < high <= 1.0:
        raise BadDataError(f"envelope band is {band}: give two rising shares of half the rate, from 0 to 1")
    n, samples = rows.shape
    centred = np.empty_like(rows)
    centre(rows, np.ones(samples), centred)
    analytic = np.zeros((n, samples), np.complex128)
    _analytic(np.fft.rfft(centred, axis=1), low * samples / 2.0, high * samples / 2.0, analytic)
    _absolute(np.fft.ifft(analytic, axis=1), centred)
    return centred


def envelope_spectra(rows: NDArray[np.float64], rate_hz: float, band: tuple[float, float] = BAND) -> Spectra:
    """Return the power spectra of the envelopes of checked `rows` (n, w) at `rate_hz`."""
    return power_spectra(envelopes(rows, band), rate_hz)


def line_amplitudes(spectra: Spectra, lines_hz: Sequence[float], slip_share: float = SLIP_SHARE) -> NDArray[np.float64]:
    """Return the largest amplitude within `slip_share` of each frequency, float64 (n, lines).

    The nearest line of the spectrum is always looked at; a frequency above half the rate, or not positive, has NaN.
    """
    out = np.empty((spectra.power.shape[0], len(lines_hz)))
    _line_amplitudes(spectra.power, np.asarray(lines_hz, np.float64) / spectra.resolution_hz, slip_share, out)
    return out


@kernel
def _analytic(lines: NDArray[np.complex128], low: float, high: float, out: NDArray[np.complex128]) -> None:
    """Write the lines from `low` to `high` into the zeros `out`, doubled where their negative twin is left out."""
    samples = out.shape[1]
    for i in range(out.shape[0]):
        for k in range(lines.shape[1]):
            if low <= k <= high:
                out[i, k] = lines[i, k] if k == 0 or 2 * k == samples else 2.0 * lines[i, k]


@kernel
def _absolute(analytic: NDArray[np.complex128], out: NDArray[np.float64]) -> None:
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            z = analytic[i, k]
            out[i, k] = sqrt(z.real * z.real + z.imag * z.imag)


@kernel
def _line_amplitudes(
    power: NDArray[np.float64], lines: NDArray[np.float64], slip_share: float, out: NDArray[np.float64]
) -> None:
    last = power.shape[1] - 1
    for j in range(lines.size):
        nearest = int(lines[j] + 0.5)
        if not 0.0 < lines[j] <= last:
            out[:, j] = nan
            continue
        first = max(min(int(np.ceil(lines[j] * (1.0 - slip_share))), nearest), 1)
        end = min(max(int(lines[j] * (1.0 + slip_share)), nearest), last)
        for i in range(power.shape[0]):
            largest = 0.0
            for k in range(first, end + 1):
                largest = max(largest, power[i, k])
            out[i, j] = nan if isnan(power[i, 0]) else sqrt(largest)
