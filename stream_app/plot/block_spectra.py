"""Spectra of each waveform sensor: of its newest block, of healthy ones, and of the strangest in the last anomaly."""

import numpy as np
from numpy.typing import NDArray

from models.blocks.bank import BlockBatch, BlockOutcome
from models.blocks.order import TAKEN
from models.health.state import OK
from stream_app.plot.spectrum_panel import PlotSpectrum
from stream_app.web.spectrum import Spectrum, amplitude_spectrum

FEWEST_SAMPLES = 16
# From so many blocks on the mean forgets, so that it follows a machine that ages.
_MEMORY_BLOCKS = 200


class BlockSpectra:
    """What is known of one sensor's spectrum, from blocks of one length and rate."""

    def __init__(self, first: Spectrum) -> None:
        self.now = first
        self._healthy: NDArray[np.float64] = np.zeros(len(first.amplitude))
        self._healthy_blocks = 0
        self._anomaly: NDArray[np.float64] | None = None
        self._worst = 0.0
        self._was_open = False

    def take(self, spectrum: Spectrum, score: float, is_open: bool, is_usual: bool) -> None:
        """Take the spectrum of a block of a score (NaN: none), after which an anomaly is open, or not."""
        self.now = spectrum
        if is_open:
            if not self._was_open:
                self._worst = 0.0
            if score > self._worst:
                self._worst, self._anomaly = score, spectrum.amplitude
        elif is_usual:
            self._healthy_blocks += 1
            share = 1.0 / min(self._healthy_blocks, _MEMORY_BLOCKS)
            self._healthy = self._healthy + share * (spectrum.amplitude - self._healthy)
        self._was_open = is_open

    def drawn(self) -> PlotSpectrum:
        """Return what is to be drawn."""
        amplitude = {"healthy": self._healthy} if self._healthy_blocks else {}
        if self._anomaly is not None:
            amplitude["anomaly"] = self._anomaly
        amplitude["now"] = self.now.amplitude
        return PlotSpectrum(self.now.frequency_hz, amplitude, "newest block against healthy")


def gather(
    spectra: dict[str, BlockSpectra], names: list[str], raise_score: float, batch: BlockBatch, outcome: BlockOutcome
) -> None:
    """Take the blocks of a batch, `row` pointing into `names`; a sensor with blocks of another form begins anew."""
    for at in np.flatnonzero(outcome.status == TAKEN).tolist():
        samples = batch.samples[at]
        if len(samples) < FEWEST_SAMPLES:
            continue
        spectrum = amplitude_spectrum(samples, float(batch.rate_hz[at]))
        name = names[int(batch.row[at])]
        known = spectra.get(name)
        if known is None or not np.array_equal(known.now.frequency_hz, spectrum.frequency_hz):
            known = spectra[name] = BlockSpectra(spectrum)
        score = float(outcome.score[at])
        is_usual = int(outcome.health[at]) == OK and not score >= raise_score
        known.take(spectrum, score, bool(outcome.open[at]), is_usual)
