"""A machine with a speed sensor, and its series judged reading by reading with their regimes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel
from models.regimes import baseline
from models.regimes.bank import RegimeBank
from models.regimes.state import NO_MODE, SPEED
from models.regimes.tuning import RegimeTuning
from models.sensor_keys import SensorKeys
from models.series import SeriesBank
from models.tuning import Tuning

SENSORS = ("m/speed", "m/vibration", "m/temperature")


@dataclass(frozen=True, slots=True)
class Run:
    """Values (n, 3) of speed, vibration and temperature, one row a second, and the level of speed (n,)."""

    value: NDArray[np.float64]
    level: NDArray[np.int64]


def machine(seconds: int, dwell: int = 250, seed: int = 0, levels: tuple[float, ...] = (600.0, 1000.0, 1500.0)) -> Run:
    """Speed steps between levels; vibration follows at once, temperature with a lag of 30 s."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(dwell, 2 * dwell, seconds // dwell + 1)
    order = np.cumsum(rng.integers(1, len(levels), len(lengths))) % len(levels)
    level = np.repeat(order, lengths)[:seconds]
    speed = np.array(levels)[level]
    vibration = (speed / 1000.0) ** 2 * (1.0 + 0.1 * rng.normal(size=seconds))
    temperature = np.empty(seconds)
    warm = 0.02 * speed[0]
    for t in range(seconds):
        warm += (0.02 * speed[t] - warm) / 30.0
        temperature[t] = 40.0 + warm + 0.3 * rng.normal()
    value = np.stack([speed + 3.0 * rng.normal(size=seconds), vibration, temperature], axis=1)
    return Run(value, level)


@kernel
def take(states: NDArray[np.void], row: int, regime: int, value: float, tuning: NDArray[np.void]) -> float:
    return baseline.take(states[row], regime, value, tuning[0])


@kernel
def learn(states: NDArray[np.void], row: int, regime: int, value: float) -> None:
    baseline.learn(states[row], regime, value)


def regimes_of(value: NDArray[np.float64], tuning: RegimeTuning, bank: RegimeBank | None = None) -> NDArray[np.int8]:
    """Return the regime of each reading of (n, sensors) values, the first sensor being the speed; row after row."""
    if bank is None:
        keys = SensorKeys()
        keys.add(SENSORS)
        bank = RegimeBank(tuning, keys)
    n, d = value.shape
    kind = np.full((n, d), NO_MODE, np.uint8)
    kind[:, 0] = SPEED
    at = np.arange(n * d, dtype=np.int64)
    row = np.tile(np.arange(d, dtype=np.int32), n)
    return bank.advance(np.zeros(n * d, np.int32), row, kind.ravel(), value.ravel(), at, np.zeros(n * d, np.int64))


def judge(value: NDArray[np.float64], tuning: RegimeTuning, series: Tuning) -> NDArray[np.void]:
    """Return the transitions of the series with regimes, as the stream does it; positions are rows of `value`."""
    n, d = value.shape
    bank = SeriesBank(series, regimes=tuning)
    transitions = bank.advance(
        np.tile(np.arange(d, dtype=np.int32), n),
        np.repeat(np.arange(n) * 1_000_000, d),
        value.ravel(),
        np.full(n * d, -1),
        np.arange(n * d),
        np.zeros(n * d, np.int64),
        regime=regimes_of(value, tuning),
    ).transitions
    transitions["position"] //= d
    return transitions
