"""Cepstral bands and order energies, against a slow and obvious way."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

from models.features.cepstral_bands import BANDS, COEFFICIENTS, ORDER_EDGES, cepstral_bands, order_bands
from models.features.spectrum import power_spectra

RATE_HZ = 20_000.0


def _energy(power: NDArray[np.float64], low: float, high: float) -> float:
    """Return the energy between two places in bins; bin k reaches from k − ½ to k + ½."""
    parts = np.clip(np.minimum(high, np.arange(len(power)) + 0.5) - np.maximum(low, np.arange(len(power)) - 0.5), 0, 1)
    return float((parts * power).sum())


def _rows(samples: int) -> NDArray[np.float64]:
    return power_spectra(np.random.default_rng(1).normal(size=(3, samples)), RATE_HZ).power


def test_cepstra_are_the_cosines_of_the_bands_logarithms() -> None:
    for samples in (16, 100, 4000):
        power = _rows(samples)
        edges = np.linspace(0.0, power.shape[1] - 1.0, BANDS + 1)
        for row, found in zip(power, cepstral_bands(power), strict=True):
            energy = np.array([_energy(row, low, high) for low, high in pairwise(edges)])
            wanted = dct(np.log(energy + 1e-10 * row.sum()), norm="ortho")[:COEFFICIENTS]
            np.testing.assert_allclose(found, wanted, rtol=1e-7, atol=1e-7)


def test_orders_are_the_energies_between_multiples_of_the_speed() -> None:
    power, speeds = _rows(4000), np.array([600.0, 1500.0, np.nan])
    found = order_bands(power, RATE_HZ, speeds)
    for row, rpm, orders in zip(power[:2], speeds, found, strict=False):
        edges = np.array(ORDER_EDGES) * rpm / 60.0 / 5.0
        wanted = [_energy(row, low, high) for low, high in pairwise(edges)]
        np.testing.assert_allclose(orders, np.log(wanted), rtol=1e-6)
    assert np.isnan(found[2]).all()


def test_what_cannot_be_said_is_nan() -> None:
    power = _rows(100)
    power[0], power[1, 3] = 0.0, np.nan
    assert np.isnan(cepstral_bands(power)).all(axis=1).tolist() == [True, True, False]
    # A band narrower than a bin, and one above half the rate.
    assert np.isnan(order_bands(power, RATE_HZ, np.array([600.0] * 3))).all()
    assert np.isnan(order_bands(_rows(4000), RATE_HZ, np.array([1e6] * 3))).all()
    assert np.isnan(order_bands(_rows(4000), RATE_HZ, np.array([0.0] * 3))).all()


def test_a_louder_row_differs_in_the_level_alone() -> None:
    power = _rows(1024)
    quiet, loud = cepstral_bands(power), cepstral_bands(100.0 * power)
    np.testing.assert_allclose(loud[:, 1:], quiet[:, 1:], atol=1e-9)
    np.testing.assert_allclose(loud[:, 0] - quiet[:, 0], np.log(100.0) * np.sqrt(BANDS))
