"""Assets: the same however batches are cut, assets dealt, or state stored and put back."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.assets.state import HEAD_BYTES, SLOT_BYTES
from models.assets.tuning import AssetTuning
from schemas.errors import BadDataError
from tests.unit.models.assets.plant import Readings, bank_of, feed, plant, readings, state_of

TUNING = AssetTuning(learn_ticks=80, hold_ticks=3, raise_z=1.5)
ASSETS, SENSORS, TICKS = 3, 3, 320
PER_TICK = ASSETS * SENSORS


def uneven(seed: int) -> Readings:
    """Return readings with faults, gaps, missing values, doubtful health, sensors of different rates and lone ones."""
    rng = np.random.default_rng(seed)
    value = plant(ASSETS, SENSORS, TICKS, seed=seed, noise=0.2)
    value[0, 200:240, 1] += 3.0 * value[0, :, 1].std()
    value[rng.random(value.shape) < 0.01] = np.nan
    r = readings(value, seed)
    r.health[rng.random(len(r)) < 0.01] = rng.integers(0, 3)
    keep = rng.random(len(r)) < 0.97
    keep &= (r.sensor_row != 4) | (r.offset // PER_TICK % 3 == 0)
    keep &= (r.asset_row != 2) | (r.sensor_row == 6) | (r.offset // PER_TICK > 100)
    return r[np.flatnonzero(keep)]


def under_rows_from(r: Readings, first: int) -> Readings:
    """Return the readings with other rows for the same sensors, as after a restart."""
    return Readings(r.asset_row, r.sensor_row + np.int32(first), r.ts_us, r.value, r.offset, r.index, r.health)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.lists(st.integers(0, PER_TICK * TICKS), max_size=8), st.booleans())
def test_cutting_and_restoring_anywhere_change_nothing(seed: int, cuts: list[int], restores: bool) -> None:
    r = uneven(seed)
    whole, parts = bank_of(PER_TICK, TUNING), bank_of(PER_TICK, TUNING)
    expected = feed(whole, r).transitions
    found = []
    for number, (start, end) in enumerate(pairwise([0, *sorted(min(cut, len(r)) for cut in cuts), len(r)])):
        shift = number if restores else 0
        moved = feed(parts, under_rows_from(r[slice(start, end)], shift))
        transitions = moved.transitions.copy()
        assert moved.skipped == 0
        transitions["position"] += start
        transitions["sensor_row"] -= np.where(transitions["sensor_row"] < 0, 0, shift)
        found.append(transitions)
        if restores:
            fresh = bank_of(PER_TICK, TUNING, first=number + 1)
            for row in range(len(parts)):
                fresh.restore(row, parts.pack(row))
            assert state_of(fresh) == state_of(parts)
            # What was taken in before comes again, and changes nothing.
            feed(fresh, under_rows_from(r[slice(0, end)], number + 1))
            assert state_of(fresh) == state_of(parts)
            parts = fresh
    assert np.concatenate(found).tobytes() == expected.tobytes()
    assert state_of(parts) == state_of(whole)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.permutations(range(ASSETS)))
def test_assets_do_not_know_each_other(seed: int, order: list[int]) -> None:
    r = uneven(seed)
    together = bank_of(PER_TICK, TUNING)
    expected = feed(together, r).transitions
    dealt = bank_of(PER_TICK, TUNING)
    dealt.ensure(ASSETS)
    found = {}
    for asset in order:
        mine = np.flatnonzero(r.asset_row == asset)
        transitions = feed(dealt, r[mine]).transitions
        transitions["position"] = mine[transitions["position"]]
        found[asset] = transitions
    for asset in range(ASSETS):
        assert found[asset].tobytes() == expected[expected["asset_row"] == asset].tobytes()
    assert state_of(dealt) == state_of(together)


def test_readings_taken_in_before_a_restart_are_skipped() -> None:
    r = uneven(1)
    bank = bank_of(PER_TICK, TUNING)
    feed(bank, r)
    before = state_of(bank)
    again = feed(bank, r)
    assert again.skipped == len(r)
    assert len(again.transitions) == 0
    assert state_of(bank) == before


def test_readings_that_one_arrival_released_are_all_taken_in() -> None:
    bank, shared = bank_of(6, TUNING), bank_of(6, TUNING)
    r = readings(plant(1, 6, 200))
    feed(bank, r)
    in_fives = r.offset // 6
    outcome = feed(shared, Readings(r.asset_row, r.sensor_row, r.ts_us, r.value, in_fives, r.index, r.health))
    assert outcome.skipped == 0
    assert (shared._slots[0]["mean"] == bank._slots[0]["mean"]).all()


def test_other_constants_learn_anew_and_bad_records_are_refused() -> None:
    bank = bank_of(PER_TICK, TUNING)
    feed(bank, uneven(2))
    record = bank.pack(0)
    assert len(record) == HEAD_BYTES + SENSORS * SLOT_BYTES
    other = bank_of(PER_TICK, AssetTuning(learn_ticks=90))
    other.restore(0, record)
    assert other._head[0]["learned"] == 0
    assert other._head[0]["tick_us"] == bank._head[0]["tick_us"]
    assert not other._slots[0]["weights"].any()
    for wrong in (b"", record[:-1], record + b"x", bytes(len(record))):
        with pytest.raises(BadDataError, match="asset state"):
            other.restore(0, wrong)
    other.restore(0, None)
    assert other.pack(0) == bytes(8)
