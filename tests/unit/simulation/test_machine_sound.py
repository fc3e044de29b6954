"""Simulated machines sound the same however they are cut, and faults are where the truth says."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.simulation.sound.machines import MACHINES
from models.simulation.sound.microphone import EPOCH_S, PlannedFault, SimulatedMicrophone
from models.simulation.sound.parts import RATE_HZ
from schemas.errors import UsageError

END_S = 60.0


def _sound(kind: str, seed: int = 1) -> tuple[NDArray[np.int16], list[PlannedFault]]:
    return SimulatedMicrophone(kind, seed, end_s=END_S).next(round(END_S * RATE_HZ))


@pytest.mark.parametrize("kind", sorted(MACHINES))
def test_cutting_changes_nothing(kind: str) -> None:
    whole, told = _sound(kind)
    cut = SimulatedMicrophone(kind, 1, end_s=END_S)
    parts = [cut.next(n) for n in (1, 29 * RATE_HZ + 7, 160, 20 * RATE_HZ, 11 * RATE_HZ - 168)]
    assert np.array_equal(np.concatenate([sound for sound, _ in parts]), whole)
    assert [fault for _, faults in parts for fault in faults] == told


@pytest.mark.parametrize("kind", sorted(MACHINES))
def test_only_the_told_samples_differ_from_a_healthy_machine(kind: str) -> None:
    faulty, (fault,) = _sound(kind)
    healthy = SimulatedMicrophone(kind, 1, end_s=END_S, faulty=False).next(len(faulty))[0]
    differ = np.flatnonzero(faulty != healthy)
    assert fault.start <= differ[0] < fault.start + RATE_HZ
    assert fault.end - RATE_HZ < differ[-1] < fault.end
    assert fault.start >= 0.5 * END_S * RATE_HZ


@pytest.mark.parametrize("kind", sorted(MACHINES))
def test_sound_is_neither_clipped_nor_silent_and_another_seed_is_another_machine(kind: str) -> None:
    one, other = _sound(kind, 1)[0], _sound(kind, 2)[0]
    assert 0.005 < one.std() / 32_768 < 0.2
    assert np.abs(one.astype(int)).max() < 32_767
    assert not np.array_equal(one, other)


def test_an_endless_run_has_a_fault_in_each_epoch_after_learning() -> None:
    microphone = SimulatedMicrophone("valve", 5, learn_s=30.0)
    told = [fault for _ in range(9) for fault in microphone.next(round(EPOCH_S / 3 * RATE_HZ))[1]]
    starts_s = [fault.start / RATE_HZ for fault in told]
    assert [int((start - 30.0) // EPOCH_S) for start in starts_s] == [0, 1, 2]
    assert {fault.name for fault in told} <= set(MACHINES["valve"].faults)


def test_a_machine_that_makes_no_sound_is_named() -> None:
    with pytest.raises(UsageError, match=r"'lamp'.*fan, pump, valve"):
        SimulatedMicrophone("lamp", 1)
