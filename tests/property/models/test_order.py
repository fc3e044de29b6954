"""Duplicates change nothing; readings shuffled within the grace time lead where the sorted ones lead."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.series import SeriesBank
from models.series_state import HELD_CAPACITY
from models.series_view import describe
from models.tuning import Tuning
from tests.property.models.arrivals import SMALL
from tests.unit.models.driver import Arrivals, feed

_PLACES = ("position", "anomaly_offset", "offset", "first_offset", "last_offset", "anomaly_index", "index")


def told(transitions: NDArray[np.void]) -> list[tuple[object, ...]]:
    """Return transitions without their places in the source, which depend on the order of arrival."""
    names = [name for name in transitions.dtype.names or () if name not in _PLACES]
    return [tuple(np.asarray(t[name]).tobytes() for name in names) for t in transitions]


def values(n: int, seed: int) -> NDArray[np.float64]:
    value = np.random.default_rng(seed).normal(size=n)
    value[n * 2 // 3 : n * 3 // 4] += 12.0
    return value


@settings(max_examples=60, deadline=None)
@given(st.integers(70, 300), st.integers(0, 2**32), st.integers(1, HELD_CAPACITY - 1), st.booleans())
def test_shuffles_within_the_grace_lead_to_the_same_events(n: int, seed: int, reach: int, numbered: bool) -> None:
    tuning = Tuning(grace_s=float(reach), **SMALL)
    rng = np.random.default_rng(seed)
    ts_s = np.arange(float(n))
    # No reading is overtaken by one that is newer by more than the reach.
    order = np.argsort(np.arange(n) + rng.uniform(0, reach, n), kind="stable")
    seq = np.arange(n) if numbered else np.full(n, -1)
    # An end that pushes out whatever still waits.
    end = Arrivals.of([n + 1000.0, n + 3000.0], [0.0, 0.0], seq=[n, n + 1] if numbered else -1, offset=[n, n + 1])
    tidy, shuffled = SeriesBank(tuning), SeriesBank(tuning)
    in_order = Arrivals.of(ts_s, values(n, seed), seq=seq)
    mixed = Arrivals.of(ts_s[order], values(n, seed)[order], seq=seq[order])
    expected = [feed(tidy, in_order), feed(tidy, end)]
    found = [feed(shuffled, mixed), feed(shuffled, end)]
    assert sum(len(outcome.late) for outcome in found) == 0
    assert sum(outcome.duplicates for outcome in found) == 0
    assert told(np.concatenate([o.transitions for o in found])) == told(
        np.concatenate([o.transitions for o in expected])
    )
    assert describe(shuffled.pack(0))["features"] == describe(tidy.pack(0))["features"]


@pytest.mark.parametrize("grace_s", [0.0, 4.0])
@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.integers(0, 2**32), st.booleans())
def test_duplicates_change_nothing(grace_s: float, n: int, seed: int, numbered: bool) -> None:
    tuning = Tuning(grace_s=grace_s, **SMALL)
    rng = np.random.default_rng(seed)
    once = np.arange(n)
    again = np.sort(np.concatenate([once, once, once[rng.random(n) < 0.3]]))
    # A copy arrives up to ten readings after its original.
    first = np.r_[True, np.diff(again) > 0]
    arrival = np.argsort(again + np.where(first, 0.0, rng.uniform(0.1, 10.0, len(again))), kind="stable")
    source = again[arrival]
    seq = once if numbered else np.full(n, -1)
    value = values(n, seed)
    single, repeated = SeriesBank(tuning), SeriesBank(tuning)
    expected = feed(single, Arrivals.of(once.astype(float), value, seq=seq))
    found = feed(repeated, Arrivals.of(source.astype(float), value[source], seq=seq[source]))
    assert found.duplicates == len(source) - n
    assert len(found.late) == 0
    assert told(found.transitions) == told(expected.transitions)
    assert describe(repeated.pack(0))["features"] == describe(single.pack(0))["features"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=120, unique=True), st.sampled_from([0.0, 3.0]))
def test_every_reading_is_placed_held_or_late(times: list[int], grace_s: float) -> None:
    bank = SeriesBank(Tuning(grace_s=grace_s))
    outcome = feed(bank, Arrivals.of(times, np.arange(float(len(times)))))
    seen = describe(bank.pack(0))
    assert outcome.duplicates == 0
    assert seen["readings"] + seen["held"] + len(outcome.late) == len(times)
    if grace_s == 0.0:
        assert len(outcome.late) == sum(t < max(times[:k]) for k, t in enumerate(times) if k)
