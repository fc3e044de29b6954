"""Modes found from the sensors of an asset: what changes between them raises nothing, and no fault becomes one."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.regimes.joint_bank import JointModeBank
from models.regimes.state import NONE, WAIT
from models.simulation.fleet import Fleet
from models.transition import EPISODE
from schemas.errors import BadDataError
from tests.unit.models.regimes.plant import (
    CURRENT,
    PRESSURE,
    TEMPERATURE,
    VIBRATION,
    Run,
    bank_of,
    found,
    judge,
    plant,
    told,
)

LEARNED = 5000


def modes_in(value: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the modes found, (n, d)."""
    return found(value, bank_of(value.shape[1]))


def episodes(value: NDArray[np.float64]) -> NDArray[np.void]:
    up = judge(value, modes_in(value[:, :4]))
    chosen: NDArray[np.void] = up[(up["kind"] == EPISODE) & (up["position"] >= LEARNED)]
    return chosen


def stay(run: Run, mode: int) -> tuple[int, int]:
    """Return first and last row of the first whole stay in a mode after LEARNED."""
    for first, last in pairwise(np.flatnonzero(np.diff(run.mode)) + 1):
        if first >= LEARNED and run.mode[first] == mode:
            return int(first), int(last)
    raise AssertionError


def test_each_mode_is_found_and_followed() -> None:
    run = plant(9000, seed=1)
    of_reading = modes_in(run.value[:, :4])[LEARNED:, PRESSURE]
    changed = np.convolve(np.diff(run.mode, prepend=0) != 0, np.ones(20))[LEARNED : len(run.mode)] > 0
    at_rest = ~changed & (of_reading != WAIT)
    pairs = set(zip(of_reading[at_rest].tolist(), run.mode[LEARNED:][at_rest].tolist(), strict=True))
    assert {found_mode for found_mode, _ in pairs} == {0, 1, 2}
    assert len(pairs) == 3
    assert (of_reading == WAIT).mean() < 0.03


def test_false_alarms_are_as_few_as_with_the_mode_told() -> None:
    of_told = of_found = of_none = 0
    for seed in range(3):
        run = plant(9000, seed=seed)
        nothing = np.full(run.value.shape, NONE, np.int8)
        for regime, at in ((told(run.value), 0), (modes_in(run.value[:, :4]), 1), (nothing, 2)):
            up = judge(run.value, regime)
            late = int((up["position"] >= LEARNED).sum())
            of_told, of_found, of_none = (n + late * (k == at) for k, n in enumerate((of_told, of_found, of_none)))
        assert not len(episodes(run.value))
    print(f"raised in {3 * 4000} s x 4 sensors: {of_told} modes told, {of_found} found, {of_none} neither")
    assert of_found <= of_told + 5 < of_none


@pytest.mark.parametrize("mode", [0, 1, 2])
def test_a_fault_of_one_sensor_within_a_mode_is_raised_soon(mode: int) -> None:
    run = plant(8000, seed=3)
    first, last = stay(run, mode)
    onset = (first + last) // 2
    run.value[onset:last, VIBRATION] *= 1.9
    assert any(up["row"] == VIBRATION and onset <= up["position"] <= onset + 20 for up in episodes(run.value))


def test_a_sensor_that_says_another_mode_alone_is_raised() -> None:
    run = plant(8000, seed=4)
    first, last = stay(run, 0)
    onset = first + 60
    # What it shows in the middle mode.
    run.value[onset:last, CURRENT] += 2.0
    assert any(up["row"] == CURRENT and onset <= up["position"] <= onset + 60 for up in episodes(run.value))


def test_a_joint_state_never_seen_is_raised_and_never_becomes_a_mode() -> None:
    run = plant(12_000, seed=5)
    bank = bank_of(4)
    strange = np.zeros(len(run.value), np.bool_)
    for start in range(LEARNED + 200, 12_000, 700):
        strange[start : start + 200] = True
    run.value[strange, VIBRATION] += 3.0
    run.value[strange, PRESSURE] += 15.0
    run.value[strange, CURRENT] += 8.0
    regime = found(run.value[:, :4], bank)
    assert set(np.unique(regime[LEARNED:])) == {0, 1, 2, WAIT}
    up = judge(run.value, regime)
    # Judged in the mode that it left, once it is clear that it is in no other.
    for start in range(LEARNED + 200, LEARNED + 2300, 700):
        assert any(start <= position <= start + 90 for position in up["position"].tolist())


def test_a_drift_of_one_sensor_is_raised() -> None:
    run = plant(9000, seed=6)
    run.value[6000:, TEMPERATURE] += 0.004 * np.arange(3000)
    assert any(up["row"] == TEMPERATURE and 6000 <= up["position"] <= 8000 for up in episodes(run.value))


@pytest.mark.parametrize("scenario", ["mixed", "overload", "regime-change"])
def test_a_fleet_that_has_no_modes_gets_none(scenario: str) -> None:
    fleet = Fleet(16, 1.0, scenario, seed=2, total_readings=6000)
    value = fleet.next(6000).values
    for asset in range(int(fleet.layout.asset_of_sensor.max()) + 1):
        of_asset = value[:, fleet.layout.asset_of_sensor == asset]
        if of_asset.shape[1] > 1:
            assert (modes_in(of_asset) == NONE).all()


def test_a_smooth_cycle_a_random_walk_and_one_sensor_that_switches_are_no_modes() -> None:
    rng = np.random.default_rng(7)
    at = np.arange(8000)
    noise = rng.normal(size=(8000, 4))
    switches = np.where(at // 200 % 2, 9.0, 0.0)[:, None]
    for value in (
        20.0 * np.sin(at / 50.0)[:, None] + noise,
        np.cumsum(rng.normal(size=(8000, 1)), axis=0) + noise,
        switches * [1.0, 0.0, 0.0, 0.0] + noise,
    ):
        bank = bank_of(4)
        assert (found(value, bank) == NONE).all()
        assert len(bank.pack(0)) == 1
    assert (modes_in(switches + noise)[2000:] >= 0).mean() > 0.9


@pytest.fixture(scope="module")
def run_and_modes() -> tuple[NDArray[np.float64], NDArray[np.int8], bytes]:
    value = plant(3000, seed=8, dwell=80).value[:, :4]
    bank = bank_of(4, find_readings=2000)
    regime = found(value, bank)
    assert (regime[2500:] >= 0).any()
    return value, regime, bank.pack(0)


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 3000), max_size=5), data=st.data())
def test_cuts_and_restarts_change_nothing(
    run_and_modes: tuple[NDArray[np.float64], NDArray[np.int8], bytes], cuts: list[int], data: st.DataObject
) -> None:
    value, regime, packed = run_and_modes
    bank, parts = bank_of(4, find_readings=2000), []
    for first, last in pairwise([0, *sorted(cuts), 3000]):
        parts.append(found(value[first:last], bank, first))
        if data.draw(st.booleans()) and len(bank.dirty()):
            restored: JointModeBank = bank_of(4, find_readings=2000)
            restored.restore(0, bank.pack(0))
            bank = restored
    assert np.array_equal(np.concatenate(parts), regime)
    assert bank.pack(0) == packed


def test_readings_taken_in_before_a_restart_change_nothing(
    run_and_modes: tuple[NDArray[np.float64], NDArray[np.int8], bytes],
) -> None:
    value, _, packed = run_and_modes
    bank = bank_of(4)
    bank.restore(0, packed)
    found(value[1000:], bank, 1000)
    assert bank.pack(0) == packed


def test_a_record_of_another_form_is_refused() -> None:
    bank = bank_of(4)
    with pytest.raises(BadDataError, match="delete the state table"):
        bank.restore(0, b"1234567")
