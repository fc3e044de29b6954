"""Spectra equal scipy.signal.periodogram; peaks, bands and shape equal their definitions on it."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from models.features.spectrum import FLOOR, PEAKS, equal_bands, peaks, power_spectra, shape
from schemas.errors import BadDataError

Rows = NDArray[np.float64]
RATE_HZ = 1000.0
NOISE = np.random.default_rng(5)


def power(row: Rows) -> tuple[Rows, Rows]:
    """Frequencies and squared amplitudes of the lines."""
    hz, mean_square = signal.periodogram(row, RATE_HZ, window="hann", detrend="constant", scaling="spectrum")
    return hz, 2.0 * mean_square


@pytest.mark.parametrize("samples", [2, 3, 8, 61, 64, 2048])
def test_power_equals_the_periodogram(samples: int) -> None:
    rows = NOISE.normal(5.0, 1.0, (4, samples))
    for row, found in zip(rows, power_spectra(rows, RATE_HZ).power, strict=True):
        # The mean leaks into the first line, which the periodogram does not double.
        np.testing.assert_allclose(found[1:], power(row)[1][1:], rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("samples", [9, 61, 64, 2048])
def test_shape_equals_its_definitions(samples: int) -> None:
    rows = NOISE.normal(size=(6, samples)).cumsum(axis=1)
    edges = (0.0, 0.1, 0.25, 0.9)
    for row, found in zip(rows, shape(power_spectra(rows, RATE_HZ), edges), strict=True):
        hz, lines = power(row)
        hz, lines = hz[1:], lines[1:]
        share = lines / lines.sum()
        centroid = (hz * share).sum()
        floored = np.maximum(lines, FLOOR * lines.max())
        expected = [
            centroid,
            np.sqrt(((hz - centroid) ** 2 * share).sum()),
            hz[np.argmax(np.cumsum(share) >= 0.85)],
            np.exp(np.log(floored).mean()) / lines.mean(),
            -(share * np.log(share)).sum() / np.log(lines.size),
        ]
        nyquist = RATE_HZ / 2.0
        for low, high in pairwise(edges):
            expected.append(share[(hz > low * nyquist) & (hz <= high * nyquist)].sum())
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("samples", [8, 61, 64, 500])
def test_peaks_are_the_largest_local_maxima(samples: int) -> None:
    rows = NOISE.normal(size=(20, samples))
    spectra = power_spectra(rows, RATE_HZ)
    for lines, found in zip(spectra.power, peaks(spectra), strict=True):
        ringed = np.concatenate([[0.0], lines[1:], [0.0]])
        places = signal.find_peaks(ringed)[0]
        places = places[np.argsort(-ringed[places])][:PEAKS]
        for j, place in enumerate(places):
            x, y = float(place), np.sqrt(ringed[place])
            if place < lines.size - 1 and lines[place - 1] <= lines[place]:
                around = [place - 1, place, place + 1]
                a, b, c = np.polyfit([-1.0, 0.0, 1.0], 0.5 * np.log(lines[around]), 2)
                x, y = place - b / (2.0 * a), np.exp(c - b * b / (4.0 * a))
            assert found[2 * j] == pytest.approx(x * RATE_HZ / samples, rel=1e-9)
            assert found[2 * j + 1] == pytest.approx(y, rel=1e-9)
        assert (found[2 * len(places) :] == 0.0).all()


@pytest.mark.parametrize("hz", [50.0, 50.37, 123.456, 377.7])
def test_a_sine_between_lines_is_found_where_it_is(hz: float) -> None:
    sine = 9.0 + 2.5 * np.sin(2.0 * np.pi * hz / RATE_HZ * np.arange(512) + 0.4)
    found = peaks(power_spectra(sine[None, :], RATE_HZ))[0]
    assert found[0] == pytest.approx(hz, abs=0.02 * RATE_HZ / 512)
    assert found[1] == pytest.approx(2.5, rel=0.03)


def test_the_noise_of_a_large_offset_makes_no_peak() -> None:
    sine = 1e9 + 1e4 * np.sin(2.0 * np.pi * 64 / 512 * np.arange(512))
    found = peaks(power_spectra(sine[None, :], RATE_HZ))[0]
    assert found[:2] == pytest.approx([125.0, 1e4])
    assert (found[2:] == 0.0).all()


def test_white_noise_is_flat_and_a_sine_is_not() -> None:
    noise = NOISE.normal(size=4096)
    sine = np.sin(2.0 * np.pi * 0.1 * np.arange(4096))
    flatness, entropy = shape(power_spectra(np.stack([noise, sine])), equal_bands(1))[:, 3:5].T
    # The periodogram of white noise is exponential: its geometric mean is e^-γ of its mean.
    assert flatness[0] == pytest.approx(np.exp(-np.euler_gamma), abs=0.05)
    assert flatness[1] < 1e-6
    assert entropy[0] > 0.9
    assert entropy[1] < 0.3


def test_equal_bands_hold_all_the_power() -> None:
    found = shape(power_spectra(NOISE.normal(size=(3, 100))), equal_bands(8))
    np.testing.assert_allclose(found[:, 5:].sum(axis=1), 1.0)


def test_wrong_rates_and_bands_are_refused() -> None:
    rows = np.zeros((1, 8))
    for rate_hz in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(BadDataError, match="rate_hz is"):
            power_spectra(rows, rate_hz)
    for edges in ((0.5,), (0.5, 0.5), (0.0, np.nan)):
        with pytest.raises(BadDataError, match="band edges are"):
            shape(power_spectra(rows), edges)
