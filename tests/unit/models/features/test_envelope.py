"""The envelope equals scipy.signal.hilbert of the band, and shows the repetition of impacts."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from models.features.envelope import envelope_spectra, envelopes, line_amplitudes
from models.features.spectrum import peaks
from schemas.errors import BadDataError

Rows = NDArray[np.float64]
RATE_HZ = 20_000.0
NOISE = np.random.default_rng(7)


def reference(row: Rows, band: tuple[float, float]) -> Rows:
    """Cut the band out of all lines, positive and negative, and take scipy's analytic signal."""
    hz = np.abs(np.fft.fftfreq(row.size))
    lines = np.fft.fft(row - row.mean())
    lines[(hz < band[0] / 2.0) | (hz > band[1] / 2.0)] = 0.0
    return np.abs(signal.hilbert(np.fft.ifft(lines).real))


@pytest.mark.parametrize("samples", [1, 2, 7, 64, 513, 2048])
@pytest.mark.parametrize("band", [(0.0, 1.0), (0.25, 1.0), (0.125, 0.625)])
def test_equals_hilbert(samples: int, band: tuple[float, float]) -> None:
    rows = NOISE.normal(3.0, 1.0, (3, samples))
    for row, found in zip(rows, envelopes(rows, band), strict=True):
        np.testing.assert_allclose(found, reference(row, band), rtol=1e-9, atol=1e-12)


def impacts(impacts_hz: float, seconds: float = 0.5) -> Rows:
    """A resonance at 6 kHz rung at a rate, under a strong shaft line."""
    t_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    since_s = t_s % (1.0 / impacts_hz)
    ringing = np.exp(-900.0 * since_s) * np.sin(2.0 * np.pi * 6000.0 * since_s)
    return ringing + 3.0 * np.sin(2.0 * np.pi * 25.0 * t_s) + NOISE.normal(0.0, 0.05, t_s.size)


def test_the_rate_of_impacts_is_the_first_peak_though_the_shaft_is_stronger() -> None:
    spectra = envelope_spectra(impacts(87.3)[None, :], RATE_HZ)
    assert peaks(spectra)[0, 0] == pytest.approx(87.3, abs=0.3)


def test_fault_lines_stand_out_even_with_slip() -> None:
    spectra = envelope_spectra(impacts(87.3 * 0.985)[None, :], RATE_HZ)
    found = line_amplitudes(spectra, [87.3, 2 * 87.3, 60.0, 130.0])[0]
    assert found[:2].min() > 5.0 * found[2:].max()


def test_a_line_is_the_largest_within_the_slip_and_at_least_the_nearest() -> None:
    rows = NOISE.normal(size=(2, 1000))
    spectra = envelope_spectra(rows, 1000.0)
    found = line_amplitudes(spectra, [100.0, 3.3, 499.9], slip_share=0.02)
    for power, row in zip(spectra.power, found, strict=True):
        assert row[0] == np.sqrt(power[98:103].max())
        assert row[1] == np.sqrt(power[3])
        assert row[2] == np.sqrt(power[490:501].max())


def test_a_row_that_cannot_be_used_and_a_line_that_cannot_be_seen_are_nan() -> None:
    rows = NOISE.normal(size=(2, 100))
    rows[1, 50] = np.nan
    spectra = envelope_spectra(rows, 1000.0)
    assert np.isnan(line_amplitudes(spectra, [100.0])).tolist() == [[False], [True]]
    assert np.isnan(line_amplitudes(spectra, [0.0, -5.0, 500.1, np.nan])).all()


@pytest.mark.parametrize("band", [(0.5, 0.5), (-0.1, 1.0), (0.2, 1.1), (np.nan, 1.0)])
def test_a_wrong_band_is_refused(band: tuple[float, float]) -> None:
    with pytest.raises(BadDataError, match="envelope band is"):
        envelopes(np.zeros((1, 8)), band)
