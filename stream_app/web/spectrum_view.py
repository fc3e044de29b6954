"""The spectrum of a sensor now against healthy: from its signal blocks, or else from its readings."""

import numpy as np
from numpy.typing import NDArray

from schemas.times import format_time, parse_time
from stream_app.web.answers import Spectrum
from stream_app.web.rings import Points
from stream_app.web.spectrum import amplitude_spectrum
from stream_app.web.store import Store

_WINDOW = 256
_MOST_WINDOWS = 40
# Readings that come less evenly than this (share of the median distance) have no spectrum.
_UNEVEN = 0.2


def spectrum(store: Store, row: int | None, sensor_id: str) -> Spectrum | None:
    """Return it, or None where neither signal blocks nor enough even readings are there; takes the lock."""
    with store.lock:
        known = store.spectra.get(sensor_id)
        if known is not None:
            healthy = known.healthy
            return Spectrum(
                sensor_id=sensor_id,
                unit=known.unit,
                source="signals",
                ts=format_time(known.ts_us),
                rate_hz=known.rate_hz,
                samples=known.samples,
                rms=known.rms,
                frequency_hz=_rounded(known.now.frequency_hz),
                amplitude=_rounded(known.now.amplitude),
                healthy=None if healthy is None else _rounded(healthy),
                healthy_blocks=known.healthy_blocks,
            )
        if row is None:
            return None
        held = store.sensors.rings.read(row, _WINDOW * _MOST_WINDOWS)
        unit = store.sensors.index.unit[row]
        faults = [
            (parse_time(one.start_ts), parse_time(one.end_ts) if one.end_ts else int(held.ts_us[-1]))
            for one in store.anomalies.recent()
            if one.sensor_id == sensor_id
        ]
    return _of_readings(sensor_id, unit, held, faults)


def _of_readings(sensor_id: str, unit: str | None, held: Points, faults: list[tuple[int, int]]) -> Spectrum | None:
    """Cut the newest readings into windows; the last is now, those without any anomaly are healthy."""
    windows = [_even(held, stop) for stop in range(len(held.ts_us), _WINDOW - 1, -_WINDOW)]
    if not windows or windows[0] is None:
        return None
    _, period_us, now = windows[0]
    rate_hz = 1e6 / period_us
    spectrum = amplitude_spectrum(now, rate_hz)
    healthy = [
        amplitude_spectrum(samples, rate_hz).amplitude
        for window in windows[1:]
        if window is not None
        for begin_us, _, samples in [window]
        if not any(onset < begin_us + _WINDOW * period_us and begin_us < end for onset, end in faults)
    ]
    return Spectrum(
        sensor_id=sensor_id,
        unit=unit,
        source="readings",
        ts=format_time(int(held.ts_us[-1])),
        rate_hz=rate_hz,
        samples=_WINDOW,
        rms=float(np.sqrt(np.mean(now**2))),
        frequency_hz=_rounded(spectrum.frequency_hz),
        amplitude=_rounded(spectrum.amplitude),
        healthy=_rounded(np.mean(healthy, axis=0)) if healthy else None,
        healthy_blocks=len(healthy),
    )


def _even(held: Points, stop: int) -> tuple[int, float, NDArray[np.float64]] | None:
    """Return time, period in µs and values of the window that ends at `stop`, None where it has holes."""
    ts_us, value = held.ts_us[stop - _WINDOW : stop], held.values[stop - _WINDOW : stop, 0]
    distance = np.diff(ts_us)
    period_us = float(np.median(distance))
    if period_us <= 0 or not np.isfinite(value).all() or np.abs(distance - period_us).mean() > _UNEVEN * period_us:
        return None
    return int(ts_us[0]), period_us, value


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [float(f"{v:.5g}") for v in values.tolist()]
