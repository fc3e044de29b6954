"""A new sensor of a known type starts from its fleet: it is judged sooner than from nothing, and rarely wrongly."""

from copy import deepcopy
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from models.windows.bank import WindowBank
from models.windows.fleet import FEWEST_SENSORS, Fleet
from models.windows.sensor_state import SENSOR
from models.windows.state import LEARNING
from models.windows.type_stage import TypeStage
from tests.unit.models.windows.driver import Values, bank_of, inject
from tests.unit.models.windows.test_faults import HOP, WINDOW_READINGS, windows_of

SENSORS, READINGS, FIRST = 8, 2500, 750
"""FIRST: readings that a sensor learns from before it is judged, where it starts from nothing."""


def healthy(n: int, rng: np.random.Generator) -> Values:
    """Values (n,) of one sensor: sensors of the type differ in level and scatter."""
    level, scatter = 50.0 + rng.normal(0.0, 0.5), rng.uniform(0.9, 1.1)
    found: Values = level + scatter * rng.normal(size=n)
    return found


def learning(facts: NDArray[np.void]) -> NDArray[np.void]:
    facts["flags"] = np.where(np.arange(len(facts)) * HOP + WINDOW_READINGS < FIRST, LEARNING, 0)
    return facts


@cache
def fleet() -> WindowBank:
    """A bank that knows SENSORS sensors of one type."""
    bank, rng = bank_of(SENSORS + 1), np.random.default_rng(5)
    parts = [windows_of(healthy(READINGS, rng), sensor, 0) for sensor in range(SENSORS)]
    facts = np.concatenate([learning(part[0]) for part in parts])
    samples = np.concatenate([part[1] for part in parts])
    in_time = np.argsort(facts["ts_us"], kind="stable")
    assert not len(bank.advance(facts[in_time], samples[in_time], np.zeros(len(facts), np.int64)).transitions)
    assert bank.types[0].fleet.sensors == SENSORS
    return bank


def alarms(kind: str | None, number: int, warm: bool, level: float = 0.0) -> int:
    """How many patterns a new sensor raises within FIRST readings; with a fault in it from reading 256 on."""
    rng = np.random.default_rng([3, number])
    values = healthy(FIRST, rng) + level
    if kind is not None:
        # Faults are made of noise about 50.
        values[256:] = inject(kind, 50.0 + rng.normal(size=FIRST - 256), rng)
    facts, samples = windows_of(values, SENSORS, READINGS)
    bank = deepcopy(fleet())
    if not warm:
        bank.types[0].fleet = Fleet()
    raised = bank.advance(learning(facts), samples, np.zeros(len(facts), np.int64)).transitions["raised"]
    return int(raised.sum())


@pytest.mark.parametrize("kind", ["scale", "oscillation", "spectrum"])
def test_a_fault_in_a_new_sensor_is_found_in_its_first_readings_where_the_fleet_is_known(kind: str) -> None:
    found = {warm: np.mean([alarms(kind, number, warm) > 0 for number in range(30)]) for warm in (True, False)}
    print(f"{kind}: found within {FIRST} readings, warm {found[True]:.0%}, cold {found[False]:.0%}")
    assert found[False] == 0.0
    assert found[True] >= 0.6


def test_healthy_new_sensors_raise_next_to_nothing() -> None:
    warm = sum(alarms(None, number, True) for number in range(60))
    print(f"60 healthy new sensors raise {warm} patterns within {FIRST} readings")
    assert warm <= 1


def test_a_new_sensor_on_another_level_than_its_fleet_raises_nothing() -> None:
    assert sum(alarms(None, number, True, level) for number in range(10) for level in (3.0, 300.0)) == 0


def test_too_small_a_fleet_lends_nothing_and_a_known_sensor_borrows_nothing() -> None:
    small, rng = Fleet(), np.random.default_rng(1)
    k = SENSOR["mean"].shape[0]
    for sensors in (FEWEST_SENSORS - 1, 1):
        small.watch(rng.normal(size=(sensors, k)), np.full(sensors, 40), np.ones(sensors, np.bool_))
        small.settle()
        states = np.zeros(3, SENSOR)
        states["learned"][1] = 7
        small.lend(states, np.array([0, 1]))
        assert states["borrows"].tolist() == [small.sensors >= FEWEST_SENSORS, 0, 0]


def test_batches_cut_anywhere_and_a_restart_change_nothing() -> None:
    rng = np.random.default_rng(8)
    facts, samples = windows_of(healthy(FIRST, rng), SENSORS, READINGS)
    facts = learning(facts)
    whole, parts = deepcopy(fleet()), deepcopy(fleet())
    types = np.zeros(len(facts), np.int64)
    told = whole.advance(facts, samples, types)
    p_values = []
    for begin in range(0, len(facts), 5):
        at = slice(begin, begin + 5)
        p_values += parts.advance(facts[at], samples[at], types[at]).p_value.tolist()
    np.testing.assert_array_equal(told.p_value, p_values)
    assert whole.pack(SENSORS) == parts.pack(SENSORS)
    again = TypeStage("type 0")
    again.fleet.restore(parts.types[0].fleet.pack())
    assert again.fleet.pack() == whole.types[0].fleet.pack()
