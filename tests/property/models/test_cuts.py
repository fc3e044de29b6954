"""However readings are cut into batches: the same transitions, late readings, counts, and the same state bit by bit."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.series import SeriesBank
from models.series_state import HOT
from models.tuning import Tuning
from tests.property.models.arrivals import arrivals, tunings
from tests.unit.models.driver import Arrivals, feed, state_of


@settings(max_examples=60, deadline=None)
@given(arrivals(), tunings, st.lists(st.integers(0, 500), max_size=8), st.booleans())
def test_cutting_batches_anywhere_changes_nothing(
    all_of_them: Arrivals, tuning: Tuning, cuts: list[int], checkpoints: bool
) -> None:
    whole, parts = SeriesBank(tuning), SeriesBank(tuning)
    rows = int(all_of_them.row.max()) + 1
    whole.ensure(rows)
    parts.ensure(rows)
    expected = feed(whole, all_of_them)
    edges = [0, *sorted(min(cut, len(all_of_them)) for cut in cuts), len(all_of_them)]
    transitions, health, late, duplicates = [], [], [], 0
    for start, end in pairwise(edges):
        outcome = feed(parts, all_of_them[slice(start, end)])
        moved = outcome.transitions.copy()
        moved["position"] += start
        transitions.append(moved)
        changes = outcome.health.copy()
        changes["position"] += start
        health.append(changes)
        late += (outcome.late + start).tolist()
        duplicates += outcome.duplicates
        assert outcome.skipped == 0
        if checkpoints:
            parts.clear_dirty()
    assert np.concatenate(transitions).tobytes() == expected.transitions.tobytes()
    assert np.concatenate(health).tobytes() == expected.health.tobytes()
    assert (late, duplicates) == (expected.late.tolist(), expected.duplicates)
    assert state_of(parts) == state_of(whole)
    positions = expected.transitions["position"]
    assert (np.diff(positions) >= 0).all()


@settings(max_examples=30, deadline=None)
@given(arrivals(), tunings, st.randoms(use_true_random=False))
def test_series_do_not_know_each_other(all_of_them: Arrivals, tuning: Tuning, random: object) -> None:
    together = SeriesBank(tuning)
    feed(together, all_of_them)
    for row in np.unique(all_of_them.row):
        alone = SeriesBank(tuning)
        alone.ensure(len(together))
        feed(alone, all_of_them[np.flatnonzero(all_of_them.row == row)])
        assert without_clock(alone.pack(int(row))) == without_clock(together.pack(int(row)))


def without_clock(packed: bytes) -> bytes:
    """Return a hot record without what the other series' time is to it."""
    state = np.frombuffer(bytearray(packed), HOT)
    state["heard_us"] = 0
    return state.tobytes()


def test_outputs_that_outgrow_their_buffers_lose_nothing() -> None:
    # Each series opens an episode in the same batch: far more transitions and changed pages than fit at first.
    rows, n = 700, 130
    tuning = Tuning(learn_readings=60, novelty_memory=8, hold_readings=3)
    rng = np.random.default_rng(0)
    value = rng.normal(size=(n, rows))
    value[-6:] += 50.0
    readings = Arrivals.of(np.repeat(np.arange(float(n)), rows), value.ravel(), row=np.tile(np.arange(rows), n))
    outcome = feed(SeriesBank(tuning), readings)
    assert len(np.unique(outcome.transitions["row"])) == rows
    one = SeriesBank(tuning)
    parts = [feed(one, readings[slice(k, k + 1000)]).transitions for k in range(0, n * rows, 1000)]
    apart = np.concatenate(parts)
    apart["position"] = outcome.transitions["position"]
    assert apart.tobytes() == outcome.transitions.tobytes()
