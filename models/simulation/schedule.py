"""When and where faults strike: a plan that is endless, seeded, and independent of how the run is cut."""

import numpy as np

from models.simulation.faults import FAULT_KINDS, Fault
from models.simulation.layout import FleetLayout
from models.simulation.scenarios import Scenario

# Detectors learn on 750 readings of a sensor; its first fault comes after them.
LEARN_READINGS = 800
EPOCH_READINGS = 600
SHORTEST_EPOCH_READINGS = 100
SENSORS_PER_FAULT = 50


class FaultSchedule:
    """Plans the faults of one epoch after the other; a run shorter than two epochs gets shorter epochs."""

    def __init__(
        self,
        layout: FleetLayout,
        scenario: Scenario,
        seed: int,
        *,
        total_readings: int | None = None,
        learn_readings: int = LEARN_READINGS,
    ) -> None:
        self._layout = layout
        self._seed = seed
        self._kinds = [FAULT_KINDS[name] for name in scenario.faults]
        weights = np.array(list(scenario.faults.values()), float)
        self._weights = weights / weights.sum() if len(weights) else weights
        self._first, self._epoch = learn_readings, EPOCH_READINGS
        if total_readings is not None:
            if total_readings < self._first + SHORTEST_EPOCH_READINGS:
                self._first = total_readings // 2
            self._epoch = max(1, min(self._epoch, total_readings - self._first))
        # A fault never outlasts the run: an epoch that does not fit stays healthy.
        self._epochs = None if total_readings is None else (total_readings - self._first) // self._epoch
        self._planned = 0

    def until(self, tick: int) -> list[Fault]:
        """Return the faults of all epochs that begin before `tick` and were not returned yet, by start."""
        faults: list[Fault] = []
        while self._kinds and self._planned != self._epochs and self._first + self._planned * self._epoch < tick:
            faults += self._plan(self._planned)
            self._planned += 1
        return sorted(faults, key=lambda fault: (fault.start_tick, fault.sensor))

    def _plan(self, epoch: int) -> list[Fault]:
        """Return the faults of one epoch: each within it, no sensor twice, the first of them soon."""
        rng = np.random.default_rng([self._seed, 4, epoch])
        begin = self._first + epoch * self._epoch
        layout = self._layout
        count = max(1, round(len(layout) / SENSORS_PER_FAULT))
        taken: set[int] = set()
        faults: list[Fault] = []
        for i in range(count):
            kind = self._kinds[int(rng.choice(len(self._kinds), p=self._weights))]
            sensor = int(rng.integers(len(layout)))
            latest = 0.05 if i == 0 else 0.4
            start = begin + int(rng.uniform(0.0, latest) * self._epoch)
            length = max(1, min(int(rng.integers(kind.shortest, kind.longest + 1)), self._epoch // 2))
            hit = [sensor]
            if kind.whole_asset:
                hit = np.flatnonzero(layout.asset_of_sensor == layout.asset_of_sensor[sensor]).tolist()
            delta = kind.shape(length, rng)
            if taken.isdisjoint(hit):
                taken.update(hit)
                faults += [Fault(s, kind, start, start + length, delta * layout.span[s]) for s in hit]
        return faults
