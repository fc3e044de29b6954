"""The rms of the velocity equals theory and a reference in the band; zones are those of the standard's tables."""

import numpy as np
import pytest
from scipy import signal

from models.features.spectrum import power_spectra
from models.features.vibration import Group, Support, velocity_rms_mm_s, zones

NOISE = np.random.default_rng(9)
RATE_HZ = 8000.0


@pytest.mark.parametrize(("unit", "mm_s2"), [("g", 9806.65), ("m/s²", 1000.0), ("m/s2", 1000.0)])
@pytest.mark.parametrize("hz", [30.0, 161.3, 700.0])
def test_a_sine_gives_its_velocity(unit: str, mm_s2: float, hz: float) -> None:
    rows = 0.3 * np.sin(2.0 * np.pi * hz * np.arange(8000) / RATE_HZ)[None, :]
    found = velocity_rms_mm_s(power_spectra(rows, RATE_HZ), unit)
    assert found[0] == pytest.approx(0.3 * mm_s2 / (2.0 * np.pi * hz) / np.sqrt(2.0), rel=0.01)


def test_what_lies_outside_the_band_counts_nothing() -> None:
    t_s = np.arange(8000) / RATE_HZ
    inside = np.sin(2.0 * np.pi * 100.0 * t_s)
    outside = 0.01 * np.sin(2.0 * np.pi * 4.0 * t_s) + 50.0 * np.sin(2.0 * np.pi * 1500.0 * t_s)
    found = velocity_rms_mm_s(power_spectra(np.stack([inside, inside + outside]), RATE_HZ), "g")
    assert found[1] == pytest.approx(found[0], rel=1e-6)


@pytest.mark.parametrize("samples", [2560, 8000])
def test_noise_equals_the_integrated_density(samples: int) -> None:
    rows = NOISE.normal(size=(3, samples))
    for row, found in zip(rows, velocity_rms_mm_s(power_spectra(rows, RATE_HZ), "m/s²"), strict=True):
        hz, density = signal.periodogram(row, RATE_HZ, window="hann", detrend="constant", scaling="density")
        band = (hz >= 10.0) & (hz <= 1000.0)
        mean_square = (density[band] / (2.0 * np.pi * hz[band]) ** 2).sum() * RATE_HZ / samples
        assert found == pytest.approx(1000.0 * np.sqrt(mean_square), rel=1e-9)


def test_nan_where_there_is_no_answer() -> None:
    rows = NOISE.normal(size=(2, 100))
    assert np.isnan(velocity_rms_mm_s(power_spectra(rows, RATE_HZ), "mm/s")).all()
    assert np.isnan(velocity_rms_mm_s(power_spectra(rows, RATE_HZ), None)).all()
    assert np.isnan(velocity_rms_mm_s(power_spectra(rows, 1e6), "g")).all()
    assert np.isnan(velocity_rms_mm_s(power_spectra(rows, 15.0), "g")).all()


@pytest.mark.parametrize(
    ("group", "support", "limits"),
    [
        (1, "rigid", (2.3, 4.5, 7.1)),
        (1, "flexible", (3.5, 7.1, 11.0)),
        (2, "rigid", (1.4, 2.8, 4.5)),
        (2, "flexible", (2.3, 4.5, 7.1)),
    ],
)
def test_zones_begin_above_their_limits(group: Group, support: Support, limits: tuple[float, ...]) -> None:
    at = np.array([0.0, *limits])
    assert "".join(zones(at, group, support)) == "AABC"
    assert "".join(zones(at + 0.01, group, support)) == "ABCD"
    assert zones(np.array([np.nan, np.inf]), group, support).tolist() == ["", "D"]
