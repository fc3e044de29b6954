"""A machine that changes its speed: nothing is raised for that, and faults are raised in every regime."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from models.regimes.state import TRANSIT
from models.regimes.tuning import RegimeTuning
from models.series import SeriesBank
from models.transition import EPISODE
from models.tuning import Tuning
from tests.unit.models.driver import Arrivals, feed, raised
from tests.unit.models.regimes.machine import Run, judge, machine, regimes_of

REGIMES = RegimeTuning()
SERIES = Tuning(learn_readings=300)
LEARNED = 2500


def episodes(value: NDArray[np.float64]) -> NDArray[np.void]:
    transitions = judge(value, REGIMES, SERIES)
    found: NDArray[np.void] = transitions[(transitions["kind"] == EPISODE) & transitions["raised"]]
    return found


def stay_after(run: Run, start: int, level: int) -> tuple[int, int]:
    """Return first and last row of the first whole stay at a level after `start`."""
    change = np.flatnonzero(np.diff(run.level)) + 1
    for first, last in pairwise(change):
        if first >= start and run.level[first] == level:
            return int(first), int(last)
    raise AssertionError


@pytest.mark.parametrize("seed", [0, 1])
def test_a_change_of_speed_alone_raises_no_episode(seed: int) -> None:
    run = machine(4500, seed=seed)
    # Without regimes, the same machine keeps alarming.
    plain = feed(SeriesBank(SERIES), Arrivals.every_second(run.value[:, 1]))
    assert len(episodes(run.value)) <= 1 < len(raised(plain, EPISODE))


def test_novelty_says_no_more_than_of_noise() -> None:
    run = machine(4000, seed=2)
    transitions = judge(run.value, REGIMES, SERIES)
    noise = [
        len(feed(SeriesBank(SERIES), Arrivals.every_second(np.random.default_rng(k).normal(size=4000))).transitions)
        for k in range(6)
    ]
    assert len(transitions) / 3 <= max(noise)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_fault_within_a_regime_is_raised_at_once(level: int) -> None:
    run = machine(4500, seed=3)
    first, last = stay_after(run, LEARNED, level)
    onset = (first + last) // 2
    run.value[onset:last, 1] *= 1.9
    assert any(up["row"] == 1 and onset <= up["position"] <= onset + 15 for up in episodes(run.value))


def test_a_fault_that_begins_with_the_change_of_regime_is_raised_after_it() -> None:
    run = machine(4500, seed=4)
    first, last = stay_after(run, LEARNED, 2)
    run.value[first:last, 2] += 12.0
    assert any(up["row"] == 2 and first < up["position"] < last for up in episodes(run.value))


def test_each_level_of_speed_is_one_regime() -> None:
    run = machine(3000, seed=5)
    regime = regimes_of(run.value, REGIMES).reshape(-1, 3)[:, 2]
    pairs = {(int(r), int(level)) for r, level in zip(regime, run.level, strict=True) if r != TRANSIT}
    sure = {(r, level) for r, level in pairs if r >= 0}
    assert {r for r, _ in sure} == {0, 1, 2}
    assert len(sure) == 3
