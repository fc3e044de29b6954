"""Statistics equal scipy.stats and the definitions, and do what their names say under shift and scale."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy import stats

from models.features.window_statistics import ENTROPY_BINS, PERCENTILES, STATISTICS, window_statistics

Rows = NDArray[np.float64]


def reference(row: Rows) -> dict[str, float]:
    """Every statistic by its definition."""
    mean, std = np.mean(row), np.std(row)
    peak = np.abs(row - mean).max()
    counts = np.histogram(row, bins=ENTROPY_BINS)[0]
    found = {
        "mean": mean,
        "std": std,
        "rms": np.sqrt(np.mean(row**2)),
        "peak": peak,
        "peak_to_peak": np.ptp(row),
        "crest_factor": peak / std,
        "skewness": stats.skew(row),
        "kurtosis": stats.kurtosis(row, fisher=False),
        "entropy_bit": stats.entropy(counts, base=2),
        "crossings_per_sample": np.mean((row[1:] > mean) != (row[:-1] > mean)),
    }
    return found | {f"percentile_{p}": np.percentile(row, p) for p in PERCENTILES}


NOISE = np.random.default_rng(3)


@pytest.mark.parametrize("samples", [2, 3, 5, 64, 2048])
@pytest.mark.parametrize(
    "draw",
    [NOISE.standard_normal, NOISE.exponential, lambda size: 20.0 + NOISE.standard_t(3, size=size)],
    ids=["gauss", "exponential", "heavy"],
)
def test_equals_reference(samples: int, draw: Callable[..., Rows]) -> None:
    rows = np.asarray(draw(size=(5, samples)))
    for row, found in zip(rows, window_statistics(rows), strict=True):
        expected = reference(row)
        assert list(expected) == list(STATISTICS)
        np.testing.assert_allclose(found, list(expected.values()), rtol=1e-10, atol=1e-12)


def test_a_sine_has_the_crest_factor_and_kurtosis_of_a_sine() -> None:
    sine = 7.0 + 3.0 * np.sin(2.0 * np.pi * np.arange(4096) / 64.0)
    found = dict(zip(STATISTICS, window_statistics(sine[None, :])[0], strict=True))
    assert found["peak"] == pytest.approx(3.0)
    assert found["crest_factor"] == pytest.approx(np.sqrt(2.0))
    assert found["kurtosis"] == pytest.approx(1.5)
    assert found["rms"] == pytest.approx(np.sqrt(49.0 + 4.5))


@settings(max_examples=40, deadline=None)
@given(
    arrays.arrays(np.float64, st.tuples(st.just(1), st.integers(1, 40)), elements=st.integers(-50, 50)),
    st.sampled_from([1.0, 2.0**-40, 2.0**90]),
    st.sampled_from([0.0, 1e9]),
)
def test_shift_and_scale_change_what_they_should(rows: Rows, scale: float, offset: float) -> None:
    plain = dict(zip(STATISTICS, window_statistics(rows)[0], strict=True))
    moved = dict(zip(STATISTICS, window_statistics(rows * scale)[0], strict=True))
    shifted = dict(zip(STATISTICS, window_statistics(rows + offset)[0], strict=True))
    for name in ("crest_factor", "skewness", "kurtosis", "entropy_bit", "crossings_per_sample"):
        assert moved[name] == plain[name]
    for name in ("mean", "std", "rms", "peak", "peak_to_peak", "percentile_50"):
        assert moved[name] == pytest.approx(plain[name] * scale, rel=1e-12, abs=0.0)
    for name in ("std", "peak", "peak_to_peak", "crest_factor", "kurtosis", "entropy_bit"):
        assert shifted[name] == pytest.approx(plain[name], rel=1e-5, abs=1e-5)


def test_percentiles_stay_in_order_and_within_the_row() -> None:
    found = window_statistics(NOISE.standard_cauchy(size=(50, 17)))
    percentiles = found[:, [STATISTICS.index(f"percentile_{p}") for p in PERCENTILES]]
    assert (np.diff(percentiles, axis=1) >= 0.0).all()
