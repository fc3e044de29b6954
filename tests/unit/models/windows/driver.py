"""Drives the windows of a few sensors of one type from their values, and injects faults."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.series import SeriesBank
from models.series_outcome import Outcome
from models.tuning import Tuning
from models.windows.bank import WindowBank
from models.windows.tuning import WindowTuning
from models.windows.type_stage import TypeStage
from tests.unit.models.driver import Arrivals, feed

BATCH = 20_000
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Found:
    """What a run brought: `transitions` and, by window, its row, the time of its last sample in s and its p-value."""

    transitions: NDArray[np.void]
    row: NDArray[np.int64]
    end_s: NDArray[np.float64]
    p_value: NDArray[np.float64]

    @property
    def raised(self) -> NDArray[np.void]:
        """The transitions that raise."""
        chosen: NDArray[np.void] = self.transitions[self.transitions["raised"]]
        return chosen


def readings(values: Values) -> Arrivals:
    """Return values (n, sensors) as readings of all sensors once a second."""
    n, sensors = values.shape
    return Arrivals.of(np.repeat(np.arange(float(n)), sensors), values.ravel(), row=np.tile(np.arange(sensors), n))


def bank_of(sensors: int, types: int = 1, tuning: WindowTuning | None = None) -> WindowBank:
    """Return a bank with `types` types and room for `sensors` sensors."""
    bank = WindowBank(tuning or WindowTuning())
    bank.ensure(sensors)
    bank.types += [TypeStage(f"type {number}") for number in range(types)]
    return bank


def run(values: Values, tuning: WindowTuning | None = None) -> Found:
    """Run values (n, sensors) of sensors of one type."""
    series, bank = SeriesBank(Tuning()), bank_of(values.shape[1], tuning=tuning)
    arrivals = readings(values)
    outcomes: list[Outcome] = []
    transitions, p_values = [], []
    for begin in range(0, len(arrivals), BATCH):
        outcome = feed(series, arrivals[slice(begin, begin + BATCH)])
        found = bank.advance(outcome.windows, outcome.samples, np.zeros(len(outcome.windows), np.int64))
        outcomes.append(outcome)
        transitions.append(found.transitions)
        p_values.append(found.p_value)
    facts = np.concatenate([outcome.windows for outcome in outcomes])
    return Found(np.concatenate(transitions), facts["row"], facts["ts_us"] / 1e6, np.concatenate(p_values))


def ar_1(shape: tuple[int, int], coefficient: float, rng: np.random.Generator) -> Values:
    """Return autoregressive noise (n, sensors) of variance 1."""
    noise = rng.normal(size=shape) * np.sqrt(1.0 - coefficient**2)
    out = np.empty(shape)
    out[0] = noise[0] / np.sqrt(1.0 - coefficient**2)
    for k in range(1, shape[0]):
        out[k] = coefficient * out[k - 1] + noise[k]
    return out


def inject(kind: str, healthy: Values, rng: np.random.Generator) -> Values:
    """Return healthy white noise (n,) of standard deviation 1 as a faulty machine shows it."""
    n, level = len(healthy), 50.0
    noise: Values = healthy - level
    wave: Values = np.sin(2.0 * np.pi * np.arange(n) / 8.0)
    match kind:
        case "scale":
            return level + 3.0 * noise
        case "variance":
            return level + 1.732 * noise
        case "level":
            return level + noise + 3.0
        case "oscillation":  # of the same variance, inside the range
            return level + 1.4 * wave + 0.1 * noise
        case "spectrum":
            correlated: Values = level + ar_1((n, 1), 0.9, rng)[:, 0]
            return correlated
    raise ValueError(kind)
