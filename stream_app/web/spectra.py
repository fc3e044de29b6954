"""Of each signal sensor the spectrum now, and the mean of those while no anomaly of it was open."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.signal import SignalBlock
from stream_app.web.spectrum import Spectrum, amplitude_spectrum

_MOST_SENSORS = 2_000
# From so many blocks on the mean forgets, so that it follows a machine that ages.
_MEMORY_BLOCKS = 200
_FEWEST_SAMPLES = 8


@dataclass(slots=True)
class SensorSpectrum:
    """The newest block's spectrum, its time, and the healthy mean over `healthy_blocks` of them."""

    sensor_id: str
    asset_id: str
    unit: str | None
    ts_us: int
    rate_hz: float
    samples: int
    rms: float
    now: Spectrum
    healthy: NDArray[np.float64] | None = None
    healthy_blocks: int = 0


class Spectra:
    """Spectra by sensor; those not heard of for longest are forgotten beyond 2,000 sensors."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, SensorSpectrum] = OrderedDict()

    def take(self, block: SignalBlock, anomaly_open: bool) -> None:
        """Take a block; it counts as healthy where no anomaly of its sensor is open."""
        n = len(block.samples)
        if n < _FEWEST_SAMPLES:
            return
        spectrum = amplitude_spectrum(block.samples, block.rate_hz)
        fresh = SensorSpectrum(
            block.sensor_id, block.asset_id, block.unit, block.ts_us, block.rate_hz, n,
            float(np.sqrt(np.mean(np.square(block.samples, dtype=np.float64)))), spectrum,
        )  # fmt: skip
        before = self._found.pop(block.sensor_id, None)
        if before is not None and np.array_equal(before.now.frequency_hz, spectrum.frequency_hz):
            fresh.healthy, fresh.healthy_blocks = before.healthy, before.healthy_blocks
        if not anomaly_open:
            fresh.healthy_blocks += 1
            mean = spectrum.amplitude if fresh.healthy is None else fresh.healthy
            fresh.healthy = mean + (spectrum.amplitude - mean) / min(fresh.healthy_blocks, _MEMORY_BLOCKS)
        self._found[block.sensor_id] = fresh
        if len(self._found) > _MOST_SENSORS:
            self._found.popitem(last=False)

    def get(self, sensor_id: str) -> SensorSpectrum | None:
        """Return what is known of a sensor's spectrum, or None where no block came."""
        return self._found.get(sensor_id)
