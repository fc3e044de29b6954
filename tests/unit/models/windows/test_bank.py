"""A bank of windows: batches cut anywhere, sensors under other numbers, and input that is hard to take."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.series import SeriesBank
from models.tuning import Tuning
from models.windows.bank import WindowBank, WindowOutcome
from models.windows.sensor_state import SENSOR
from models.windows.state import WINDOW
from models.windows.tuning import WindowTuning
from schemas.errors import BadDataError
from tests.unit.models.driver import feed
from tests.unit.models.windows.driver import Values, bank_of, readings, run

QUICK = WindowTuning(learn_rows=8, hold_rows=2)
SENSORS, TYPES = 5, 2


def cut_windows(values: Values) -> tuple[NDArray[np.void], NDArray[np.float64]]:
    outcome = feed(SeriesBank(Tuning(learn_readings=60)), readings(values))
    return outcome.windows, outcome.samples


@cache
def windows() -> tuple[NDArray[np.void], NDArray[np.float64]]:
    """Of five sensors, two of which change for a while; one pauses."""
    values = np.random.default_rng(1).normal(50.0, 1.0, (2200, SENSORS))
    values[1500:1900, 1] = 50.0 + 4.0 * (values[1500:1900, 1] - 50.0)
    values[1700:2000, 3] += 3.0 * np.sin(np.arange(300))
    values[1000:1030, 4] = np.nan
    return cut_windows(values)


def advance(bank: WindowBank, facts: NDArray[np.void], samples: NDArray[np.float64]) -> WindowOutcome:
    return bank.advance(facts, samples, facts["row"] % TYPES)


def state_of(bank: WindowBank) -> list[bytes]:
    return [bank.pack(row) for row in range(len(bank))] + [stage.models.pack() for stage in bank.types]


@settings(max_examples=12, deadline=None)
@given(cuts=st.lists(st.integers(0, 700), max_size=8))
def test_cutting_batches_anywhere_changes_nothing(cuts: list[int]) -> None:
    facts, samples = windows()
    whole, parts = bank_of(SENSORS, TYPES, QUICK), bank_of(SENSORS, TYPES, QUICK)
    expected = advance(whole, facts, samples)
    assert len(expected.transitions) > 1
    edges = [0, *sorted(min(cut, len(facts)) for cut in cuts), len(facts)]
    found = [advance(parts, facts[begin:end], samples[begin:end]) for begin, end in pairwise(edges)]
    for part, begin in zip(found, edges, strict=False):
        part.transitions["window"] += begin
    np.testing.assert_array_equal(np.concatenate([part.features for part in found]), expected.features)
    np.testing.assert_array_equal(np.concatenate([part.p_value for part in found]), expected.p_value)
    assert np.concatenate([part.transitions for part in found]).tobytes() == expected.transitions.tobytes()
    assert state_of(parts) == state_of(whole)


def test_sensors_under_other_numbers_get_the_same() -> None:
    facts, samples = windows()
    other = np.array([2, 3, 4, 1, 0])  # keeps the types
    moved = facts.copy()
    moved["row"] = other[facts["row"]]
    one, two = bank_of(SENSORS, TYPES, QUICK), bank_of(SENSORS, TYPES, QUICK)
    found, again = advance(one, facts, samples), advance(two, moved, samples)
    np.testing.assert_array_equal(found.p_value, again.p_value)
    found.transitions["row"] = other[found.transitions["row"]]
    assert found.transitions.tobytes() == again.transitions.tobytes()
    assert [one.pack(row) for row in range(SENSORS)] == [two.pack(row) for row in other.tolist()]


def test_windows_of_several_lengths_are_taken_at_once() -> None:
    rng = np.random.default_rng(2)
    facts = np.zeros(40, WINDOW)
    facts["samples"] = np.where(np.arange(40) % 3 == 0, 32, 64)
    facts["row"] = np.arange(40) % 3
    samples = rng.normal(size=(40, 64))
    found = bank_of(3).advance(facts, samples, np.zeros(40, np.int64))
    short = facts["samples"] == 32
    np.testing.assert_allclose(found.features[short, 0], samples[short, :32].mean(axis=1))
    np.testing.assert_allclose(found.features[~short, 0], samples[~short].mean(axis=1))


def test_what_changed_is_packed_and_comes_back() -> None:
    facts, samples = windows()
    bank, half = bank_of(SENSORS, TYPES, QUICK), len(facts) // 2
    advance(bank, facts[:half], samples[:half])
    changes = bank.packed_changes()
    assert [row for row, _ in changes] == list(range(SENSORS))
    assert bank.packed_changes() == []
    restored = bank_of(SENSORS, TYPES, QUICK)
    for row, packed in changes:
        restored.restore(row, packed)
    for stage, saved in zip(restored.types, bank.types, strict=True):
        stage.restore(dict(saved.packed_changes()))
    one, other = advance(bank, facts[half:], samples[half:]), advance(restored, facts[half:], samples[half:])
    assert one.transitions.tobytes() == other.transitions.tobytes()
    assert state_of(bank) == state_of(restored)
    assert bank.state_bytes > SENSORS * SENSOR.itemsize


def test_records_of_another_form_are_refused() -> None:
    bank = bank_of(1)
    with pytest.raises(BadDataError, match="version"):
        bank.restore(0, b"old")
    with pytest.raises(BadDataError, match="version"):
        bank.restore(0, bytes(SENSOR.itemsize))


def test_constant_and_missing_sensors_raise_nothing() -> None:
    values = np.random.default_rng(3).normal(50.0, 1.0, (3000, 3))
    values[:, 1] = 7.0
    values[:, 2] = np.nan
    found = run(values)
    assert not len(found.transitions)
    assert not (found.row == 2).any()


@pytest.mark.parametrize("factor", [1e-30, 1e28])
def test_scale_does_not_matter(factor: float) -> None:
    values = np.random.default_rng(4).normal(0.0, 1.0, (3000, 3))
    found = run(values * factor)
    assert not len(found.transitions)
    assert np.isfinite(found.p_value[-50:]).all()


def test_a_huge_reading_does_not_harm_the_others() -> None:
    values = np.random.default_rng(4).normal(50.0, 1.0, (4000, 3))
    values[2000, 0] = 1e300
    found = run(values)
    assert np.isfinite(found.p_value[-50:]).all()
    assert not (found.raised["row"] > 0).any()
    assert (found.p_value[(found.row > 0) & (found.end_s > 2000)] > 1e-5).all()
