"""Resampling of a stream against SciPy's of the whole of it."""

from math import gcd

import numpy as np
import pytest
from scipy.signal import resample_poly

from models.sound.framing import RATE_HZ
from models.sound.resample import Resampling, is_known_rate, resampling


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000])
def test_pieces_give_what_the_whole_gives(rate_hz: int) -> None:
    random = np.random.default_rng(rate_hz)
    sound = random.normal(size=rate_hz // 4).astype(np.float32)
    by = Resampling(rate_hz)
    found = np.concatenate([by.advance(piece) for piece in np.split(sound, np.sort(random.integers(0, len(sound), 9)))])
    common = gcd(rate_hz, RATE_HZ)
    expected = resample_poly(sound.astype(np.float64), RATE_HZ // common, rate_hz // common)
    assert len(expected) - 30 < len(found) <= len(expected)
    np.testing.assert_allclose(found, expected[: len(found)], atol=2e-6)
    assert np.array_equal(found, Resampling(rate_hz).advance(sound))


def test_a_tone_keeps_its_pitch_and_what_is_too_high_goes() -> None:
    at = np.arange(48_000) / 48_000
    for hz, size in ((1_000.0, 1.0), (12_000.0, 0.0)):
        found = Resampling(48_000).advance(np.sin(2 * np.pi * hz * at).astype(np.float32))[1_000:-1_000]
        assert abs(np.sqrt(2.0 * np.mean(found**2)) - size) < 2e-3


def test_the_rate_of_the_analysis_is_left_alone_and_odd_rates_are_not_taken() -> None:
    assert resampling(RATE_HZ) is None
    assert is_known_rate(44_100)
    assert not is_known_rate(12_345)
