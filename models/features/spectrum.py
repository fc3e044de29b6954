"""Power spectra of windows and blocks (one Hann-tapered FFT) and what describes them: peaks, bands, shape.

Each row is freed of its mean, multiplied by the periodic Hann window and transformed; the power of a line is the
squared amplitude of a sine of that strength. A row is transformed by itself (`numpy.fft` goes row after row), so its
spectrum does not depend on the batch. Without a known rate, frequencies are in cycles per sample: rate_hz = 1.

Peaks are the strongest local maxima, placed by a parabola through the logarithms of three lines; missing ones are 0. A
lone sine is met to 2 % of a line and 3 % of its amplitude. Band powers are shares of the power of all lines but the
constant. Roll-off is the frequency below which 85 % of the power lies. Flatness is the geometric over the arithmetic
mean; entropy is Shannon's, as a share of white noise's. Lines more than 120 dB below the strongest are rounding: they
are no peaks and count as −120 dB in the flatness.

Stated answers: a constant or one-sample row has 0 for all; a row with a NaN or a sample beyond ±1e100 has NaN for all.
Source: Harris (1978), On the use of windows for harmonic analysis with the DFT, Proc. IEEE 66; Smith and Serra (1987),
PARSHL, ICMC (parabola); Peeters (2004), A large set of audio features, CUIDADO report, IRCAM.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isnan, log, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from models.features.rows import centre
from models.kernel import kernel
from schemas.errors import BadDataError

PEAKS = 3
ROLL_OFF_SHARE = 0.85
FLOOR = 1e-12
SHAPE: tuple[str, ...] = ("centroid", "spread", "roll_off")


@dataclass(frozen=True, slots=True)
class Spectra:
    """Power (n, samples // 2 + 1) of rows of `samples` at `rate_hz`; line k stands for k · resolution_hz."""

    power: NDArray[np.float64]
    samples: int
    rate_hz: float

    @property
    def resolution_hz(self) -> float:
        """Distance of two lines."""
        return self.rate_hz / self.samples


def hann(samples: int) -> NDArray[np.float64]:
    """Return the periodic Hann window, float64 (samples,)."""
    window: NDArray[np.float64] = 0.5 - 0.5 * np.cos(2.0 * np.pi / samples * np.arange(samples))
    return window


def power_spectra(rows: NDArray[np.float64], rate_hz: float = 1.0) -> Spectra:
    """Return the power spectra of checked `rows` (n, w); raises BadDataError unless the rate is positive."""
    if not 0.0 < rate_hz < np.inf:
        raise BadDataError(f"rate_hz is {rate_hz}: give the samples in a second, a positive number")
    n, samples = rows.shape
    tapered = np.empty_like(rows)
    # The factor makes the height of a line the amplitude of its sine.
    centre(rows, hann(samples) * (4.0 / samples), tapered)
    power = np.empty((n, samples // 2 + 1))
    _power(np.fft.rfft(tapered, axis=1), samples, power)
    return Spectra(power, samples, rate_hz)


def peak_names(unit: str, prefix: str = "") -> tuple[str, ...]:
    """Return the names of the peaks' columns; `unit` ends those of frequencies (`hz`, `per_sample`)."""
    return tuple(
        name for k in range(1, PEAKS + 1) for name in (f"{prefix}peak_{k}_{unit}", f"{prefix}peak_{k}_magnitude")
    )


def peaks(spectra: Spectra) -> NDArray[np.float64]:
    """Return frequency and magnitude of the three strongest peaks, strongest first, float64 (n, 6)."""
    out = np.empty((spectra.power.shape[0], 2 * PEAKS))
    _peaks(spectra.power, spectra.resolution_hz, out)
    return out


def shape_names(unit: str, edges: Sequence[float]) -> tuple[str, ...]:
    """Return the names of the columns of `shape`."""
    parts = tuple(f"spectral_{name}_{unit}" for name in SHAPE)
    return (*parts, "spectral_flatness", "spectral_entropy", *(f"band_{k}_share" for k in range(1, len(edges))))


def equal_bands(bands: int) -> tuple[float, ...]:
    """Return the edges of `bands` equal bands, as shares of half the rate."""
    return tuple(k / bands for k in range(bands + 1))


def shape(spectra: Spectra, edges: Sequence[float]) -> NDArray[np.float64]:
    """Return centroid, spread, roll-off, flatness, entropy and band shares, float64 (n, 5 + bands).

    `edges` rise and are shares of half the rate; a line on an edge belongs to the band below it.
    """
    n, lines = spectra.power.shape
    limits = np.asarray(edges, np.float64)
    if limits.ndim != 1 or limits.size < 2 or not (np.diff(limits) > 0.0).all():
        raise BadDataError(f"band edges are {edges}: give two or more rising shares of half the rate")
    band = np.searchsorted(limits, np.arange(lines) * 2.0 / spectra.samples) - 1
    band[band == limits.size - 1] = -1
    out = np.empty((n, 5 + limits.size - 1))
    _shape(spectra.power, band, spectra.resolution_hz, out)
    return out


@kernel
def _power(lines: NDArray[np.complex128], samples: int, out: NDArray[np.float64]) -> None:
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            line = lines[i, k]
            out[i, k] = line.real * line.real + line.imag * line.imag
        if samples % 2 == 0:
            # Half the rate has no negative twin: of the amplitude's square only half is power.
            out[i, out.shape[1] - 1] *= 0.5


@kernel
def _peaks(power: NDArray[np.float64], resolution_hz: float, out: NDArray[np.float64]) -> None:
    lines = power.shape[1]
    for i in range(power.shape[0]):
        row = power[i]
        found = out[i]
        found[:] = 0.0
        if isnan(row[0]):
            found[:] = nan
            continue
        largest = 0.0
        for k in range(1, lines):
            largest = max(largest, row[k])
        for k in range(1, lines):
            rises = k == 1 or row[k] > row[k - 1]
            falls = k == lines - 1 or row[k] >= row[k + 1]
            if rises and falls and row[k] > FLOOR * largest and row[k] > found[2 * PEAKS - 1]:
                place = PEAKS - 1
                while place > 0 and row[k] > found[2 * place - 1]:
                    found[2 * place] = found[2 * place - 2]
                    found[2 * place + 1] = found[2 * place - 1]
                    place -= 1
                found[2 * place] = k
                found[2 * place + 1] = row[k]
        for j in range(0, 2 * PEAKS, 2):
            k = int(found[j])
            shift, height = _vertex(row, k)
            found[j] = (k + shift) * resolution_hz
            found[j + 1] = height


@kernel
def _vertex(row: NDArray[np.float64], k: int) -> tuple[float, float]:
    """Return the shift in lines and the amplitude of a peak at line k from the parabola through its logarithms."""
    height = row[k]
    if not 0 < k < row.size - 1 or row[k - 1] > height or row[k + 1] <= 0.0 or row[k - 1] <= 0.0:
        return 0.0, sqrt(height) if k > 0 else 0.0
    left = log(row[k - 1] / height)
    right = log(row[k + 1] / height)
    curvature = left + right
    if curvature == 0.0:
        return 0.0, sqrt(height)
    shift = 0.5 * (left - right) / curvature
    return shift, sqrt(height) * exp(-0.125 * (left - right) * shift)


@kernel
def _shape(power: NDArray[np.float64], band: NDArray[np.int64], resolution_hz: float, out: NDArray[np.float64]) -> None:
    lines = power.shape[1]
    for i in range(power.shape[0]):
        row = power[i]
        found = out[i]
        found[:] = 0.0
        if isnan(row[0]):
            found[:] = nan
            continue
        total = 0.0
        largest = 0.0
        first_moment = 0.0
        for k in range(1, lines):
            total += row[k]
            largest = max(largest, row[k])
            first_moment += k * row[k]
        if total == 0.0:
            continue
        centroid = first_moment / total
        floor = FLOOR * largest
        second_moment = 0.0
        logarithms = 0.0
        weighted = 0.0
        below = 0.0
        roll_off = 0
        for k in range(1, lines):
            second_moment += (k - centroid) * (k - centroid) * row[k]
            logarithm = log(max(row[k], floor) / total)
            logarithms += logarithm
            weighted += row[k] * logarithm
            if below < ROLL_OFF_SHARE * total:
                roll_off = k
            below += row[k]
            if band[k] >= 0:
                found[5 + band[k]] += row[k] / total
        found[0] = centroid * resolution_hz
        found[1] = sqrt(second_moment / total) * resolution_hz
        found[2] = roll_off * resolution_hz
        found[3] = exp(logarithms / (lines - 1)) * (lines - 1)
        found[4] = -weighted / total / log(lines - 1.0) if lines > 2 else 0.0
