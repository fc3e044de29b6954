"""Where the parts of a machine show in the spectra of its vibration, as multiples of the shaft's speed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.features.envelope import line_amplitudes
from models.features.rotation import Bearing, bearing_frequencies, gear_mesh_hz
from models.features.spectrum import Spectra

BEARING_LINES: tuple[str, ...] = ("bpfo", "bpfi", "bsf", "ftf")
"""Lines of a bearing: outer race, inner race, ball spin, cage; they show in the spectrum of the envelope."""

GEAR_LINE = "gear_mesh"


@dataclass(frozen=True, slots=True)
class MachineLines:
    """`bearing_orders` in the order of BEARING_LINES, empty where no geometry is known; `gear_order` 0: no gear."""

    bearing_orders: tuple[float, ...] = ()
    gear_order: float = 0.0

    @classmethod
    def of(cls, bearing: Bearing | None = None, gear_teeth: int | None = None) -> "MachineLines":
        """Return the lines of a bearing and a gear on the shaft; raises BadDataError for what is no gear."""
        orders: tuple[float, ...] = ()
        if bearing is not None:
            found = bearing_frequencies(bearing, 1.0)
            orders = (found.bpfo_hz, found.bpfi_hz, found.bsf_hz, found.ftf_hz)
        return cls(orders, 0.0 if gear_teeth is None else gear_mesh_hz(gear_teeth, 1.0))

    def __bool__(self) -> bool:
        return bool(self.bearing_orders) or self.gear_order > 0.0

    def amplitudes(self, spectrum: Spectra, enveloped: Spectra, speed_rpm: float) -> NDArray[np.float64]:
        """Return (lines,) amplitudes of one block's spectra (1, bins) at a speed; NaN for lines not known."""
        shaft_hz = speed_rpm / 60.0
        out = np.full(len(BEARING_LINES) + 1, np.nan)
        if self.bearing_orders:
            out[:-1] = line_amplitudes(enveloped, [order * shaft_hz for order in self.bearing_orders])[0]
        if self.gear_order > 0.0:
            out[-1] = line_amplitudes(spectrum, [self.gear_order * shaft_hz])[0, 0]
        return out


NO_LINES = MachineLines()
