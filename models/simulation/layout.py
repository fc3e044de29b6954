"""Which assets and sensors a simulated fleet has, and what their healthy signals look like."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SensorKind:
    """One measured quantity: `base` at mean load, `load_gain` per unit of load, `noise` as a sd."""

    sensor_type: str
    unit: str
    base: float
    load_gain: float
    noise: float


ASSET_KINDS: dict[str, tuple[SensorKind, ...]] = {
    "pump": (
        SensorKind("temperature", "degC", 62.0, 3.0, 0.25),
        SensorKind("vibration", "mm/s", 2.4, 0.30, 0.03),
        SensorKind("pressure", "bar", 6.2, 0.45, 0.04),
        SensorKind("flow", "m3/h", 118.0, 9.0, 0.8),
    ),
    "fan": (
        SensorKind("temperature", "degC", 41.0, 2.2, 0.20),
        SensorKind("vibration", "mm/s", 1.7, 0.22, 0.02),
        SensorKind("speed", "rpm", 1470.0, 35.0, 3.0),
        SensorKind("current", "A", 21.0, 1.9, 0.17),
    ),
    "compressor": (
        SensorKind("temperature", "degC", 84.0, 4.1, 0.35),
        SensorKind("vibration", "mm/s", 3.6, 0.40, 0.04),
        SensorKind("pressure", "bar", 9.4, 0.60, 0.05),
        SensorKind("current", "A", 58.0, 4.6, 0.40),
    ),
    "gearbox": (
        SensorKind("oil_temperature", "degC", 71.0, 3.4, 0.30),
        SensorKind("vibration", "mm/s", 4.2, 0.45, 0.04),
        SensorKind("speed", "rpm", 980.0, 24.0, 2.0),
        SensorKind("torque", "Nm", 640.0, 52.0, 4.5),
    ),
}
SENSORS_PER_ASSET = 4


@dataclass(frozen=True, slots=True)
class FleetLayout:
    """Names and signal constants of `n` sensors on consecutive assets; all of length `n`."""

    sensor_id: list[str]
    asset_id: list[str]
    sensor_type: list[str]
    unit: list[str]
    asset_of_sensor: NDArray[np.int64]
    base: NDArray[np.float64]
    load_gain: NDArray[np.float64]
    noise: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.sensor_id)

    @property
    def assets(self) -> int:
        """Number of assets; the last may have fewer sensors than the others."""
        return int(self.asset_of_sensor[-1]) + 1

    @property
    def span(self) -> NDArray[np.float64]:
        """How far a healthy value strays from `base` at most, roughly: (n,) in the unit of the sensor."""
        return 1.1 * self.load_gain + 2.5 * self.noise


def lay_out(sensors: int, seed: int, *, offset: float = 0.0, noise_factor: float = 1.0) -> FleetLayout:
    """Return the layout of a fleet of `sensors` sensors: machines a little different, all from `seed`."""
    rng = np.random.default_rng([seed, 1])
    kind_names = list(ASSET_KINDS)
    asset_of_sensor = np.arange(sensors, dtype=np.int64) // SENSORS_PER_ASSET
    kinds: list[SensorKind] = []
    asset_id: list[str] = []
    for i in range(sensors):
        asset, place = divmod(i, SENSORS_PER_ASSET)
        name = kind_names[asset % len(kind_names)]
        kinds.append(ASSET_KINDS[name][place])
        asset_id.append(f"{name}-{asset + 1:04d}")
    spread = rng.uniform(0.9, 1.1, (3, sensors))
    return FleetLayout(
        sensor_id=[f"{asset}/{kind.sensor_type}" for asset, kind in zip(asset_id, kinds, strict=True)],
        asset_id=asset_id,
        sensor_type=[kind.sensor_type for kind in kinds],
        unit=[kind.unit for kind in kinds],
        asset_of_sensor=asset_of_sensor,
        base=np.array([kind.base for kind in kinds]) * spread[0] + offset,
        load_gain=np.array([kind.load_gain for kind in kinds]) * spread[1],
        noise=np.array([kind.noise for kind in kinds]) * spread[2] * noise_factor,
    )
