"""Short gaps are filled and flagged, longer ones break the series, whatever jitter and drift the times have."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.features.imputation import fill, places_since
from schemas.errors import BadDataError

PERIOD_US = 100_000


def test_the_rule_by_sequence_numbers() -> None:
    found = fill([0, 1, 4, 5, 5, 10, 11, 2, 3], [0.0, 1.0, 4.0, 5.0, 99.0, 10.0, 11.0, 2.0, 7.0], 1)
    # Two missing after 1 are filled; the second 5 is dropped; four missing after 5, and the step back, break.
    assert found.places.tolist() == [0, 1, 2, 3, 4, 5, 10, 11, 2, 3]
    assert found.values.tolist() == pytest.approx([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 11.0, 2.0, 7.0])
    assert np.flatnonzero(found.imputed).tolist() == [2, 3]
    assert found.segments.tolist() == [0, 0, 0, 0, 0, 0, 1, 1, 2, 2]
    assert found.dropped == 1


@pytest.mark.parametrize(
    ("longest_gap", "missing", "joined"), [(3, 3, True), (3, 4, False), (0, 1, False), (0, 0, True)]
)
def test_a_gap_is_filled_up_to_its_longest(longest_gap: int, missing: int, joined: bool) -> None:
    found = fill([0, 1 + missing], [0.0, 1.0], 1, longest_gap)
    assert found.segments[-1] == (0 if joined else 1)
    assert found.imputed.sum() == (missing if joined else 0)


def test_a_value_known_to_be_missing_is_a_gap() -> None:
    found = fill(np.arange(5), [np.nan, 1.0, np.nan, np.inf, 4.0], 1)
    assert found.values.tolist() == pytest.approx([1.0, 2.0, 3.0, 4.0])
    assert found.imputed.tolist() == [False, True, True, False]
    assert found.dropped == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 0.995, 1.005]), st.sampled_from([0, 10_000, 20_000]))
def test_jitter_and_drift_move_no_sample(seed: int, clock: float, jitter_us: int) -> None:
    noise = np.random.default_rng(seed)
    kept = np.concatenate([[0], np.cumsum(noise.choice([1, 1, 1, 1, 2, 3, 4, 5, 9], size=300))])
    times_us = np.rint(kept * PERIOD_US * clock + noise.uniform(-jitter_us, jitter_us, kept.size)).astype(np.int64)
    values = kept * 2.0
    found = fill(times_us, values, PERIOD_US)
    expected = fill(kept, values, 1)
    assert found.values.tolist() == expected.values.tolist()
    assert found.imputed.tolist() == expected.imputed.tolist()
    assert found.segments.tolist() == expected.segments.tolist()
    # A straight line goes on straight through the filled gaps, one period a place.
    for segment in np.unique(found.segments):
        assert np.diff(found.values[found.segments == segment]) == pytest.approx(2.0)
    assert (np.diff(found.places) > 0).all()


def test_one_reading_at_a_time_counts_the_same_places() -> None:
    noise = np.random.default_rng(2)
    kept = np.cumsum(noise.choice([1, 2, 3], size=200))
    times_us = kept * PERIOD_US + noise.integers(-30_000, 30_000, kept.size)
    lateness, segments = 0.0, 0
    for earlier, later in pairwise(times_us):
        places, lateness = places_since(float(later - earlier), lateness, float(PERIOD_US))
        segments += places
    found = fill(times_us, np.zeros(kept.size), PERIOD_US)
    assert found.values.size == segments + 1
    assert found.segments[-1] == 0


def test_nothing_and_one_sample() -> None:
    assert fill([], [], 1).values.size == 0
    assert fill([7], [np.nan], 1).values.size == 0
    assert fill([7], [3.0], 1).values.tolist() == [3.0]


def test_huge_values_are_interpolated_without_overflow() -> None:
    assert fill([0, 2], [-1.7e308, 1.7e308], 1).values.tolist() == [-1.7e308, 0.0, 1.7e308]


def test_wrong_columns_and_settings_are_refused() -> None:
    with pytest.raises(BadDataError, match="columns of equal length"):
        fill([1, 2], [1.0], 1)
    for period, longest_gap in ((0, 3), (-1, 3), (np.nan, 3), (1, -1)):
        with pytest.raises(BadDataError, match="period is"):
            fill([1], [1.0], period, longest_gap)
