"""Amplitude spectra of blocks of samples, thinned for drawing so that no peak disappears."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_SAMPLES = 65_536
MOST_LINES = 512


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Peak amplitudes (lines,) in the unit of the samples at `frequency_hz` (lines,), without the mean."""

    frequency_hz: NDArray[np.float64]
    amplitude: NDArray[np.float64]


def amplitude_spectrum(samples: NDArray[np.floating], rate_hz: float) -> Spectrum:
    """Return the Hann-windowed one-sided spectrum of the newest samples, at least 8, of an even rate.

    A sine of amplitude a shows a line of about a. Of more than 512 lines the highest of each group stays.
    Source: Heinzel, Rüdiger, Schilling 2002, eq. 19 and 24 (amplitude: 2 / sum of the window).
    """
    x = np.asarray(samples[-MOST_SAMPLES:], np.float64)
    window = np.hanning(len(x) + 1)[:-1]
    amplitude = np.asarray(np.abs(np.fft.rfft((x - x.mean()) * window)) * (2.0 / window.sum()), np.float64)
    frequency_hz = np.asarray(np.fft.rfftfreq(len(x), 1.0 / rate_hz), np.float64)
    return Spectrum(*_grouped(frequency_hz[1:], amplitude[1:]))


def _grouped(
    frequency_hz: NDArray[np.float64], amplitude: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    size = -(-len(amplitude) // MOST_LINES)
    if size == 1:
        return frequency_hz, amplitude
    n = len(amplitude) // size * size
    grouped = amplitude[:n].reshape(-1, size)
    # The frequencies are those of the groups' middles: the same for every block, so that means can be taken.
    return frequency_hz[:n].reshape(-1, size).mean(axis=1), grouped.max(axis=1)
