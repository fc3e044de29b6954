"""Laws of every drift test: the order of rows changes nothing, equal samples do not differ, shifts are found."""

from math import isnan

import numpy as np
import pytest
from numpy.typing import NDArray

from models.drift.drift_test import Comparison, DriftTest
from models.drift.false_discovery import q_values
from models.drift.registry import DRIFT_TESTS
from models.drift.streaming import STREAMING, noticed_at
from schemas.errors import BadDataError

drift_tests = pytest.mark.parametrize("test", DRIFT_TESTS.values(), ids=DRIFT_TESTS)


def _sample(n: int, shift: float = 0.0, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=(n, 3)) + shift


def _same(a: Comparison, b: Comparison) -> bool:
    return all(np.allclose(x, y, equal_nan=True) for x, y in zip(a, b, strict=True))


@drift_tests
def test_a_shift_is_found_and_its_absence_is_not(test: DriftTest) -> None:
    found = test(_sample(90), _sample(40, 1.5, 1))
    assert (found.p_value < 0.01).all()
    assert (np.abs(found.effect) > 0.3).all()
    p_values = np.concatenate([test(_sample(90, seed=s), _sample(40, seed=s + 50)).p_value for s in range(12)])
    assert np.median(p_values) > 0.2
    assert (q_values(p_values) > 0.01).all()


@drift_tests
def test_the_order_of_rows_and_the_inputs_stay(test: DriftTest) -> None:
    before, now = _sample(50), _sample(30, 0.5, 1)
    kept = before.copy(), now.copy()
    rng = np.random.default_rng(2)
    first = test(before, now)
    assert _same(first, test(rng.permutation(before), rng.permutation(now)))
    assert (before == kept[0]).all()
    assert (now == kept[1]).all()


@drift_tests
def test_few_constant_and_missing_values_give_no_false_word(test: DriftTest) -> None:
    for n in (0, 1, 2):
        assert np.isnan(test(_sample(50), _sample(n)).p_value).all()
        assert np.isnan(test(_sample(n), _sample(50)).p_value).all()
    constant = np.ones((30, 3))
    assert not (test(constant, constant).p_value < 0.5).any()
    holes = _sample(60)
    holes[::2] = np.nan
    assert _same(test(holes, _sample(30, 1.0, 1)), test(holes[1::2], _sample(30, 1.0, 1)))
    with pytest.raises(BadDataError, match="same features"):
        test(_sample(5), _sample(5)[:, :2])


def test_q_values_are_those_of_benjamini_and_hochberg() -> None:
    q = q_values(np.array([0.01, np.nan, 0.04, 0.03, 0.5]))
    assert isnan(q[1])
    assert q[[0, 2, 3, 4]] == pytest.approx([0.04, 0.0533333, 0.0533333, 0.5])
    assert len(q_values(np.zeros(0))) == 0


def test_streaming_detectors_notice_a_change_after_it_and_not_before() -> None:
    values = np.random.default_rng(0).normal(size=300)
    assert noticed_at(values) == dict.fromkeys(STREAMING)
    values[200:] += 4.0
    found = noticed_at(values)
    assert all(at is not None and 200 <= at < 250 for at in found.values()), found
