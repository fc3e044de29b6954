"""The spectrum of one sensor as SVG: of its newest block against the healthy ones, or of its last even readings."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from stream_app.web.spectrum import amplitude_spectrum

WIDTH, HEIGHT = 1000.0, 110.0
DECADES = 3.0
"""Below the largest amplitude that are drawn."""

WINDOW = 256
FEWEST_READINGS = 64
PEAKS = 3
_UNEVEN = 0.2


@dataclass(frozen=True, slots=True)
class PlotSpectrum:
    """Amplitudes (lines,) at `frequency_hz` (lines,), by what they are of: `now`, `healthy`, `anomaly`."""

    frequency_hz: NDArray[np.float64]
    amplitude: dict[str, NDArray[np.float64]]
    caption: str


def of_readings(ts_us: NDArray[np.int64], value: NDArray[np.float64]) -> PlotSpectrum | None:
    """Return the spectrum of the last readings in order of time, None where they are few, uneven or have holes."""
    ts_us, value = ts_us[-WINDOW:], value[-WINDOW:]
    if len(value) < FEWEST_READINGS or not np.isfinite(value).all():
        return None
    distance_us = np.diff(ts_us)
    period_us = float(np.median(distance_us))
    if period_us <= 0 or np.abs(distance_us - period_us).mean() > _UNEVEN * period_us:
        return None
    found = amplitude_spectrum(value, 1e6 / period_us)
    return PlotSpectrum(found.frequency_hz, {"now": found.amplitude}, f"last {len(value)} readings")


def draw(spectrum: PlotSpectrum, unit: str | None) -> str:
    """Return the markup of a spectrum, the amplitudes on a logarithmic scale; empty where all of them are zero."""
    highest = max(float(amplitude.max()) for amplitude in spectrum.amplitude.values())
    if not 0.0 < highest < np.inf:
        return ""
    last_hz = float(spectrum.frequency_hz[-1])
    x = spectrum.frequency_hz * (WIDTH / last_hz)
    paths = [
        f'<path class="{of}" d="{_line(x, amplitude / highest)}"/>' for of, amplitude in spectrum.amplitude.items()
    ]
    legend = " ".join(f'<b class="{of}"></b>{words}' for of, words in _words(spectrum.amplitude))
    units = f" {escape(unit)}" if unit else ""
    return (
        f'<div class="spectrum"><div class="frame"><span class="high">{highest:.4g}{units}</span>'
        f'<span class="low">{highest / 10.0**DECADES:.4g}</span>'
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" role="img" aria-label="spectrum">'
        f'{"".join(paths)}</svg></div><div class="axis"><span>0 Hz</span>'
        f"<span>spectrum, {spectrum.caption}: {legend} · peaks {_peaks(spectrum)}</span>"
        f"<span>{hertz(last_hz)}</span></div></div>"
    )


def hertz(frequency_hz: float) -> str:
    """Return a frequency in a unit that suits it."""
    for factor, unit in ((1e-3, "kHz"), (1.0, "Hz"), (1e3, "mHz")):
        if frequency_hz * factor >= 1.0:
            return f"{frequency_hz * factor:.4g} {unit}"
    return f"{frequency_hz * 1e6:.4g} µHz"


def _words(amplitude: dict[str, NDArray[np.float64]]) -> Sequence[tuple[str, str]]:
    words = {"healthy": "healthy mean", "anomaly": "in the last anomaly", "now": "now"}
    return [(of, words[of]) for of in amplitude]


def _peaks(spectrum: PlotSpectrum) -> str:
    """Return the frequencies of the highest lines that stand above both neighbours."""
    y = spectrum.amplitude.get("anomaly", spectrum.amplitude["now"])
    inner = np.flatnonzero((y[1:-1] >= y[:-2]) & (y[1:-1] > y[2:])) + 1
    highest = inner[np.argsort(-y[inner], kind="stable")][:PEAKS]
    return ", ".join(hertz(float(spectrum.frequency_hz[at])) for at in highest) or "none"


def _line(x: NDArray[np.float64], share: NDArray[np.float64]) -> str:
    with np.errstate(divide="ignore"):
        depth = np.clip(-np.log10(share) / DECADES, 0.0, 1.0) * HEIGHT
    return "M" + "L".join(f"{at:.1f} {down:.1f}" for at, down in zip(x.tolist(), depth.tolist(), strict=True))
