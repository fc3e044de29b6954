"""The simulated fleet: rows of values with faults in them, and the truth about the faults."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.simulation.faults import Fault
from models.simulation.layout import FleetLayout, lay_out
from models.simulation.scenarios import DEFAULT_SCENARIO, scenario_named
from models.simulation.schedule import LEARN_READINGS, FaultSchedule
from models.simulation.signals import SignalSource
from schemas.errors import UsageError

DECIMALS = 3
# The scans of a tick are spread over its interval in steps of about this: no bursts from a large fleet.
STAGGER_S = 0.02


@dataclass(frozen=True, slots=True)
class FleetRows:
    """Readings of all sensors: `values` (rows, sensors), NaN missing; `ts_us` (rows, groups); `seq`."""

    values: NDArray[np.float64]
    ts_us: NDArray[np.int64]
    seq: NDArray[np.int64]
    started: list[Fault]


@dataclass(frozen=True, slots=True)
class FaultTruth:
    """What really happened: one fault on one sensor, from its first to its last reading (µs since 1970)."""

    asset_id: str
    sensor_id: str
    fault: str
    start_us: int
    end_us: int


class Fleet:
    """`sensors` sensors with `rate_hz` readings/s each; same arguments, same readings, however they are cut.

    Sensors of one `group` (a slice) are read at the same moment. Raises UsageError for impossible numbers.
    """

    def __init__(
        self,
        sensors: int,
        rate_hz: float,
        scenario: str = DEFAULT_SCENARIO,
        seed: int = 0,
        *,
        start_us: int = 0,
        total_readings: int | None = None,
        learn_readings: int = LEARN_READINGS,
    ) -> None:
        if sensors < 1:
            raise UsageError(f"A fleet of {sensors} sensors cannot be simulated; ask for at least 1.")
        if not 1e-6 <= rate_hz <= 1e6:
            raise UsageError(f"A rate of {rate_hz:g} readings/s per sensor is out of range; use 0.000001 to 1000000.")
        if seed < 0:
            raise UsageError(f"Seed {seed} is negative; use 0 or more.")
        self.scenario = scenario_named(scenario)
        self.rate_hz = rate_hz
        self.layout: FleetLayout = lay_out(
            sensors, seed, offset=self.scenario.offset, noise_factor=self.scenario.noise_factor
        )
        self.groups = _groups(self.layout, rate_hz)
        regime_tick = self.scenario.regime_reading
        if total_readings is not None:
            regime_tick = min(regime_tick, total_readings // 2)
        self._signals = SignalSource(self.layout, seed, regime_load=self.scenario.regime_load, regime_tick=regime_tick)
        self._schedule = FaultSchedule(
            self.layout, self.scenario, seed, total_readings=total_readings, learn_readings=learn_readings
        )
        self.start_us = start_us
        # The clock gives the first number, so that a second run is not taken for a repetition of the first.
        self._first_seq = int(start_us * rate_hz / 1e6)
        self._tick = 0
        self._faults: list[Fault] = []
        self._held = np.zeros(sensors)

    def next(self, rows: int) -> FleetRows:
        """Return the next `rows` readings of every sensor."""
        begin, end = self._tick, self._tick + rows
        values = np.round(self._signals.next(rows), DECIMALS)
        self._faults += self._schedule.until(end)
        started = [fault for fault in self._faults if begin <= fault.start_tick < end]
        for fault in self._faults:
            if fault.start_tick < end:
                self._inject(fault, values, begin)
        self._faults = [fault for fault in self._faults if fault.end_tick > end]
        self._tick = end
        ticks = np.arange(begin, end, dtype=np.int64)
        ts_us = np.stack([self._time_us(ticks, group) for group in range(len(self.groups))], axis=1)
        return FleetRows(values, ts_us, ticks + self._first_seq, started)

    def truth(self, fault: Fault) -> FaultTruth:
        """Return where and when `fault` is, in names and times."""
        group = next(i for i, members in enumerate(self.groups) if fault.sensor < members.stop)
        first, last = self._time_us(np.array([fault.start_tick, fault.end_tick - 1]), group)
        layout, sensor = self.layout, fault.sensor
        return FaultTruth(layout.asset_id[sensor], layout.sensor_id[sensor], fault.kind.name, int(first), int(last))

    def _inject(self, fault: Fault, values: NDArray[np.float64], begin: int) -> None:
        sensor = fault.sensor
        first, last = max(fault.start_tick - begin, 0), min(fault.end_tick - begin, len(values))
        if fault.start_tick >= begin:
            self._held[sensor] = values[first, sensor]
        if fault.kind.effect == "hold":
            values[first:last, sensor] = self._held[sensor]
        elif fault.kind.effect == "miss":
            values[first:last, sensor] = np.nan
        else:
            at = begin - fault.start_tick
            faulty = values[first:last, sensor] + fault.delta[first + at : last + at]
            values[first:last, sensor] = np.round(faulty, DECIMALS)

    def _time_us(self, ticks: NDArray[np.int64], group: int) -> NDArray[np.int64]:
        share = group / len(self.groups)
        return self.start_us + np.round((ticks + share) * (1e6 / self.rate_hz)).astype(np.int64)


def _groups(layout: FleetLayout, rate_hz: float) -> list[slice]:
    """Cut the sensors into groups of whole assets, one for each moment within the interval of a tick."""
    moments = max(1, min(layout.assets, 256, round(1.0 / rate_hz / STAGGER_S)))
    first_asset = np.arange(moments + 1) * layout.assets // moments
    edge = np.searchsorted(layout.asset_of_sensor, first_asset)
    return [slice(int(a), int(b)) for a, b in pairwise(edge)]
