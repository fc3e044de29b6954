"""Features equal a slow, obvious reference, near zero and at an offset of a billion."""

from fractions import Fraction
from math import isnan, nan, sqrt

import numpy as np
import pytest

from models.features.names import FEATURE_NAMES
from models.series import SeriesBank
from models.series_view import describe
from models.tuning import Tuning
from tests.unit.models.driver import Arrivals, feed


def reference(ts_s: list[float], values: list[float]) -> dict[str, float]:
    """Features after the last reading; exact sums as fractions, averages by their definition."""
    found: dict[str, float] = {"value": values[-1]}
    for window in (5, 10, 20):
        last = [Fraction(v) for v in values[-window:]]
        whole = len(last) == window
        mean = sum(last, Fraction(0)) / len(last)
        found[f"mean_{window}"] = float(mean) if whole else nan
        found[f"std_{window}"] = sqrt(sum(((v - mean) ** 2 for v in last), Fraction(0)) / window) if whole else nan
    for lag in (1, 3, 6, 12):
        found[f"lag_{lag}"] = values[-1 - lag] if len(values) > lag else nan
    found["rate_per_s"] = (values[-1] - values[-2]) / (ts_s[-1] - ts_s[-2]) if len(values) > 1 else nan

    def average(series: list[Fraction], span: int) -> list[Fraction]:
        result = [series[0]]
        for x in series[1:]:
            # Rounded at each step, or the fractions grow without end.
            result.append((result[-1] + Fraction(2, span + 1) * (x - result[-1])).limit_denominator(10**15))
        return result

    exact = [Fraction(v) for v in values]
    macd = [fast - slow for fast, slow in zip(average(exact, 12), average(exact, 26), strict=True)]
    found |= {"ewma": float(average(exact, 20)[-1]), "macd": float(macd[-1])}
    found["macd_signal"] = float(average(macd, 9)[-1])
    return found


@pytest.mark.parametrize("offset", [0.0, 1e9, -1e9])
@pytest.mark.parametrize("n", [1, 2, 4, 5, 19, 20, 21, 150])
def test_features_equal_the_reference(n: int, offset: float) -> None:
    rng = np.random.default_rng(n)
    values = (np.round(rng.normal(size=n).cumsum() * 1024) / 1024 + offset).tolist()
    ts_s = (1_700_000_000 + rng.integers(1, 9, n).cumsum() / 4).tolist()
    bank = SeriesBank(Tuning())
    feed(bank, Arrivals.of(ts_s, values))
    found = describe(bank.pack(0))["features"]
    expected = reference(ts_s, values)
    assert set(found) == set(expected) == set(FEATURE_NAMES)
    for name, value in expected.items():
        if isnan(value):
            assert found[name] is None, name
        else:
            assert found[name] == pytest.approx(value, rel=1e-12, abs=1e-9), name


def test_missing_values_leave_the_features_alone() -> None:
    values = np.random.default_rng(0).normal(size=40)
    gaps = np.insert(values, [5, 5, 17, 40], np.nan)
    whole, holed = SeriesBank(Tuning()), SeriesBank(Tuning())
    # The time of a missing reading passes all the same, so give the others the same times.
    kept = np.flatnonzero(~np.isnan(gaps)).astype(float)
    feed(whole, Arrivals.of(kept, values))
    feed(holed, Arrivals.of(np.arange(44.0), gaps))
    assert describe(whole.pack(0))["features"] == describe(holed.pack(0))["features"]
