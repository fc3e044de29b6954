"""Assets whose sensors follow common loads, and their readings as columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from models.assets.bank import AssetBank, AssetOutcome
from models.assets.tuning import AssetTuning
from models.sensor_keys import SensorKeys

START_US = 1_600_000_000_000_000


@dataclass(frozen=True, slots=True)
class Readings:
    """Columns of readings in order of arrival."""

    asset_row: NDArray[np.int32]
    sensor_row: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    offset: NDArray[np.int64]
    index: NDArray[np.int64]
    health: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.asset_row)

    def __getitem__(self, chosen: slice | NDArray[np.int64]) -> "Readings":
        return Readings(*(getattr(self, name)[chosen] for name in self.__slots__))


def plant(
    assets: int, sensors: int, ticks: int, seed: int = 0, noise: float = 0.3, loads: int = 1
) -> NDArray[np.float64]:
    """Return values (assets, ticks, sensors) that follow slow loads, each with its own gain, noise, unit and level."""
    rng = np.random.default_rng(seed)
    load = lfilter([np.sqrt(1 - 0.95**2)], [1.0, -0.95], rng.normal(size=(assets, ticks, loads)), axis=1)
    gain = rng.uniform(0.5, 1.5, (assets, loads, sensors)) * rng.choice([-1.0, 1.0], (assets, loads, sensors))
    value = np.einsum("atl,als->ats", load, gain) + noise * rng.normal(size=(assets, ticks, sensors))
    unit = 10.0 ** rng.uniform(-2.0, 3.0, (assets, 1, sensors))
    found: NDArray[np.float64] = unit * (value + rng.uniform(-50.0, 50.0, (assets, 1, sensors)))
    return found


def readings(value: NDArray[np.float64], seed: int = 0) -> Readings:
    """Return one reading a second of each sensor of (assets, ticks, sensors), with some jitter of time."""
    assets, ticks, sensors = value.shape
    per_tick = assets * sensors
    n = ticks * per_tick
    jitter = np.random.default_rng(seed).integers(0, 100_000, n)
    return Readings(
        np.tile(np.repeat(np.arange(assets, dtype=np.int32), sensors), ticks),
        np.tile(np.arange(per_tick, dtype=np.int32), ticks),
        START_US + np.repeat(np.arange(ticks) * 1_000_000, per_tick) + jitter,
        value.transpose(1, 0, 2).ravel(),
        np.arange(n),
        np.zeros(n, np.int64),
        np.zeros(n, np.uint8),
    )


def bank_of(sensors: int, tuning: AssetTuning | None = None, first: int = 0) -> AssetBank:
    """Return a bank that knows so many sensors, from row `first` on."""
    keys = SensorKeys()
    keys.add(f"other/{k}" for k in range(first))
    keys.add(f"plant/{k}" for k in range(sensors))
    return AssetBank(tuning or AssetTuning(), keys)


def feed(bank: AssetBank, r: Readings) -> AssetOutcome:
    return bank.advance(r.asset_row, r.sensor_row, r.ts_us, r.value, r.offset, r.index, r.health)


def outcome_of(value: NDArray[np.float64], tuning: AssetTuning | None = None) -> NDArray[np.void]:
    """Return the transitions of a plant; `position` is turned into ticks."""
    per_tick = value.shape[0] * value.shape[2]
    transitions = feed(bank_of(per_tick, tuning), readings(value)).transitions
    transitions["position"] //= per_tick
    return transitions


def state_of(bank: AssetBank) -> bytes:
    return b"".join(bank.pack(row) for row in range(len(bank)))
