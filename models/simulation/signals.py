"""Healthy signals: a load cycle that all sensors of an asset follow, and noise of each sensor's own."""

import numpy as np
from numpy.typing import NDArray

from models.simulation.layout import FleetLayout

# Readings per cycle: a detector that learns on some hundred readings has seen several.
SHORTEST_CYCLE, LONGEST_CYCLE = 60.0, 100.0
LOAD_MEMORY, LOAD_WANDER = 0.97, 0.05


class SignalSource:
    """Draws consecutive rows of healthy values; the same seed gives the same rows however they are cut.

    From `regime_tick` on, `regime_load` is added to the load of every asset. The noise is triangular and the wander of
    the load is limited: a healthy machine has no long tails.
    """

    def __init__(
        self, layout: FleetLayout, seed: int, *, regime_load: float = 0.0, regime_tick: int | None = None
    ) -> None:
        rng = np.random.default_rng([seed, 2])
        self._layout = layout
        self._cycle = rng.uniform(SHORTEST_CYCLE, LONGEST_CYCLE, layout.assets)
        self._phase = rng.uniform(0.0, 1.0, layout.assets)
        self._wander = rng.standard_normal(layout.assets)
        self._of_load = np.random.default_rng([seed, 3])
        self._of_noise = np.random.default_rng([seed, 5])
        self._regime_load, self._regime_tick = regime_load, regime_tick
        self._tick = 0

    def next(self, rows: int) -> NDArray[np.float64]:
        """Return the next `rows` rows of healthy values, (rows, sensors)."""
        layout = self._layout
        ticks = np.arange(self._tick, self._tick + rows, dtype=np.float64)[:, None]
        angle = 2.0 * np.pi * (ticks / self._cycle + self._phase)
        load = 0.8 * np.sin(angle) + 0.2 * np.sin(2.0 * angle + 0.7) + LOAD_WANDER * np.tanh(self._wandering(rows))
        if self._regime_tick is not None:
            load += self._regime_load * (ticks >= self._regime_tick)
        noise = self._of_noise.random((rows, 2, len(layout))).sum(axis=1) - 1.0
        noise *= np.sqrt(6.0)
        self._tick += rows
        loaded = layout.load_gain * load[:, layout.asset_of_sensor]
        return np.asarray(layout.base + loaded + layout.noise * noise, np.float64)

    def _wandering(self, rows: int) -> NDArray[np.float64]:
        """Return AR(1) rows of unit variance, (rows, assets)."""
        out = self._of_load.standard_normal((rows, self._layout.assets))
        out *= np.sqrt(1.0 - LOAD_MEMORY**2)
        for row in out:
            self._wander *= LOAD_MEMORY
            self._wander += row
            row[:] = self._wander
        return out
