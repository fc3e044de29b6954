"""Kinds of faults: what each does to a healthy signal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Shape = Callable[[int, np.random.Generator], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class FaultKind:
    """How a fault looks: readings that it lasts, and its `shape(readings, rng)` in spans of the sensor.

    `effect` says what readings become: the healthy value plus the shape, the last healthy one held, or null.
    A fault of the `whole_asset` hits all sensors of the asset at once.
    """

    name: str
    about: str
    shortest: int
    longest: int
    shape: Shape
    effect: Literal["add", "hold", "miss"] = "add"
    whole_asset: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """One injected fault on one sensor: readings `start_tick` (included) to `end_tick` (excluded)."""

    sensor: int
    kind: FaultKind
    start_tick: int
    end_tick: int
    delta: NDArray[np.float64]


def _sign(rng: np.random.Generator) -> float:
    return 1.0 if rng.random() < 0.5 else -1.0


def _spike(readings: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return np.full(readings, _sign(rng) * rng.uniform(4.0, 6.0))


def _step(readings: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return np.full(readings, _sign(rng) * rng.uniform(2.5, 3.5))


def _drift(readings: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return _sign(rng) * rng.uniform(3.0, 4.0) * np.linspace(0.0, 1.0, readings)


def _noise(readings: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.uniform(1.2, 1.8) * rng.standard_normal(readings)


def _oscillation(readings: int, rng: np.random.Generator) -> NDArray[np.float64]:
    ticks = np.arange(readings) / rng.uniform(5.0, 9.0)
    return np.asarray(rng.uniform(2.0, 3.0) * np.sin(2.0 * np.pi * ticks))


def _overload(readings: int, rng: np.random.Generator) -> NDArray[np.float64]:
    ramp = np.minimum(np.arange(1, readings + 1) / max(1.0, 0.3 * readings), 1.0)
    return np.asarray(rng.uniform(2.5, 3.5) * ramp)


def _none(readings: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return np.zeros(readings)


FAULT_KINDS: dict[str, FaultKind] = {
    kind.name: kind
    for kind in (
        FaultKind("spike", "a few readings far outside the usual range", 3, 6, _spike),
        FaultKind("step", "a sudden shift that lasts", 100, 160, _step),
        FaultKind("drift", "a slow ramp away from normal", 180, 260, _drift),
        FaultKind("noise", "a burst of strong noise", 60, 120, _noise),
        FaultKind("oscillation", "a fast swing that was not there before", 80, 140, _oscillation),
        FaultKind("stuck", "the last value repeated", 100, 160, _none, effect="hold"),
        FaultKind("dropout", "values missing (null)", 40, 80, _none, effect="miss"),
        FaultKind("overload", "all sensors of an asset rise together", 120, 180, _overload, whole_asset=True),
    )
}
