"""The feature rows of waveform blocks of one length, rate and unit: one FFT serves all of them.

Each row is worked out by itself in a fixed order, so it does not depend on the rows beside it. A block too short or too
flat for a feature has NaN there.
"""

import numpy as np
from numpy.typing import NDArray

from models.blocks.columns import COLUMNS, FIRST_CEPSTRUM, FIRST_LINE, FIRST_ORDER
from models.blocks.machine_lines import MachineLines
from models.features.cepstral_bands import cepstral_bands, order_bands
from models.features.envelope import envelope_spectra
from models.features.extractors import block_columns
from models.features.rows import checked
from models.features.spectrum import Spectra, power_spectra

SHORTEST_SAMPLES = 16
"""A shorter block has only NaN: its spectrum says nothing."""


def block_vectors(
    blocks: NDArray[np.float32],
    rate_hz: float,
    unit: str | None,
    speed_rpm: NDArray[np.float64],
    lines: list[MachineLines],
) -> NDArray[np.float64]:
    """Return COLUMNS of blocks (n, w) at `rate_hz`, float64 (n, len(COLUMNS)); speeds (n,) NaN where not known."""
    n, w = blocks.shape
    out = np.full((n, len(COLUMNS)), np.nan)
    if w < SHORTEST_SAMPLES:
        return out
    rows = checked(blocks)
    spectra, enveloped = power_spectra(rows, rate_hz), envelope_spectra(rows, rate_hz)
    out[:, :FIRST_LINE] = block_columns(rows, spectra, enveloped, unit)
    out[:, FIRST_ORDER:FIRST_CEPSTRUM] = order_bands(spectra.power, rate_hz, speed_rpm)
    out[:, FIRST_CEPSTRUM:] = cepstral_bands(spectra.power)
    for i in range(n):
        if lines[i] and speed_rpm[i] > 0.0:
            found = lines[i].amplitudes(_one(spectra, i), _one(enveloped, i), float(speed_rpm[i]))
            out[i, FIRST_LINE:FIRST_ORDER] = found
    return out


def _one(spectra: Spectra, i: int) -> Spectra:
    return Spectra(spectra.power[i : i + 1], spectra.samples, spectra.rate_hz)
