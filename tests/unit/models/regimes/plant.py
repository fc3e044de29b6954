"""A machine whose sensors all follow its mode, judged with the mode told by a sensor, or found from the others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.regimes.bank import RegimeBank
from models.regimes.joint_bank import JointModeBank
from models.regimes.state import CODE, NO_MODE, NONE
from models.regimes.tuning import RegimeTuning
from models.sensor_keys import SensorKeys
from models.series import SeriesBank
from models.tuning import Tuning

SENSORS = ("m/vibration", "m/temperature", "m/current", "m/pressure", "m/mode")
VIBRATION, TEMPERATURE, CURRENT, PRESSURE, MODE = range(5)
TUNING = RegimeTuning()
SERIES = Tuning(learn_readings=300)
_LEVELS = np.array([600.0, 1000.0, 1500.0])


@dataclass(frozen=True, slots=True)
class Run:
    """Values (n, 5) by SENSORS, one row a second; the last is the number of the mode."""

    value: NDArray[np.float64]

    @property
    def mode(self) -> NDArray[np.int64]:
        return self.value[:, MODE].astype(np.int64)


def plant(seconds: int, seed: int = 0, dwell: int = 200) -> Run:
    """Three modes, each for one to two `dwell`; all follow at once but the temperature, which lags by 30 s."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(dwell, 2 * dwell, seconds // dwell + 1)
    mode = np.repeat(np.cumsum(rng.integers(1, 3, len(lengths))) % 3, lengths)[:seconds]
    speed = _LEVELS[mode]
    square = (speed / 1000.0) ** 2
    warm = np.empty(seconds)
    now = 0.02 * speed[0]
    for t in range(seconds):
        now += (0.02 * speed[t] - now) / 30.0
        warm[t] = now
    noise = rng.normal(size=(4, seconds))
    vibration = square * (1.0 + 0.1 * noise[0])
    sensors = (vibration, 40.0 + warm + 0.3 * noise[1], speed / 200.0 + 0.15 * noise[2], 3.0 * square + 0.1 * noise[3])
    return Run(np.stack([*sensors, mode.astype(float)], axis=1))


def bank_of(sensors: int, find_readings: int = 5000) -> JointModeBank:
    """Return a bank with one asset of so many sensors."""
    keys = SensorKeys()
    keys.add(SENSORS[:sensors])
    bank = JointModeBank(RegimeTuning(find_readings=find_readings), keys)
    bank.ensure(1)
    bank.begin(0, int(keys.of_row[0]))
    return bank


def found(value: NDArray[np.float64], bank: JointModeBank, first: int = 0) -> NDArray[np.int8]:
    """Return the modes (n, d) that a bank finds in values (n, d) of its asset; readings row by row from `first` on."""
    n, d = value.shape
    regime = np.full(n * d, NONE, np.int8)
    at = first * d + np.arange(n * d)
    row = np.tile(np.arange(d, dtype=np.int32), n)
    asset, kind, index = np.zeros(n * d, np.int32), np.full(n * d, NO_MODE, np.uint8), np.zeros(n * d, np.int64)
    bank.advance(asset, row, kind, value.ravel(), at, index, regime)
    return regime.reshape(n, d)


def told(value: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the modes (n, 5) of values with the mode sensor."""
    n, d = value.shape
    keys = SensorKeys()
    keys.add(SENSORS)
    kind = np.full((n, d), NO_MODE, np.uint8)
    kind[:, MODE] = CODE
    row = np.tile(np.arange(d, dtype=np.int32), n)
    asset, index = np.zeros(n * d, np.int32), np.zeros(n * d, np.int64)
    bank = RegimeBank(TUNING, keys)
    return bank.advance(asset, row, kind.ravel(), value.ravel(), np.arange(n * d), index).reshape(n, d)


def judge(value: NDArray[np.float64], regime: NDArray[np.int8]) -> NDArray[np.void]:
    """Return what is raised of the first four sensors (n, 4) in these modes; positions are rows of `value`."""
    n = len(value)
    bank = SeriesBank(SERIES, regimes=TUNING)
    transitions = bank.advance(
        np.tile(np.arange(4, dtype=np.int32), n),
        np.repeat(np.arange(n) * 1_000_000, 4),
        value[:, :4].ravel(),
        np.full(n * 4, -1),
        np.arange(n * 4),
        np.zeros(n * 4, np.int64),
        regime=np.ascontiguousarray(regime[:, :4]).ravel(),
    ).transitions
    transitions["position"] //= 4
    raised: NDArray[np.void] = transitions[transitions["raised"]]
    return raised
