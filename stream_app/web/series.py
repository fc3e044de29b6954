"""A stretch of a sensor's readings with its band, thinned to what a screen can show."""

import numpy as np

from schemas.times import format_time
from stream_app.web.answers import Band, PointsOfSensor, Series
from stream_app.web.columns import numbers
from stream_app.web.rings import Points
from stream_app.web.store import Store
from stream_app.web.thinning import thinned, with_gaps

_BAND_POINTS = 600
_LIVE_POINTS = 200


def series(store: Store, row: int, from_us: int | None, to_us: int | None, points: int) -> Series:
    """Return what is held of a row between two times (all where None), at most `points` points; takes the lock."""
    with store.lock:
        held = store.sensors.rings.read(row)
        bands = store.bands.read(row)
        index = store.sensors.index
        name, asset_id, kind, unit = index.names[row], index.asset_id[row], index.sensor_type[row], index.unit[row]
    cut = _between(held, from_us, to_us)
    ts_us, value = with_gaps(cut.ts_us, cut.values[:, 0])
    kept = thinned(ts_us, value, points)
    return Series(
        sensor_id=name,
        asset_id=asset_id,
        sensor_type=kind,
        unit=unit,
        from_ts=format_time(int(held.ts_us[0])) if len(held.ts_us) else None,
        to_ts=format_time(int(held.ts_us[-1])) if len(held.ts_us) else None,
        held=len(held.ts_us),
        ts_us=ts_us[kept].tolist(),
        value=numbers(value[kept]),
        band=_band(_between(bands, from_us, to_us)),
    )


def news(held: Points, bands: Points) -> PointsOfSensor:
    """Return what came of a sensor, thinned for a stream."""
    kept = thinned(held.ts_us, held.values[:, 0], _LIVE_POINTS)
    value = held.values[kept, 0]
    return PointsOfSensor(ts_us=held.ts_us[kept].tolist(), value=numbers(value), band=_band(bands))


def _between(points: Points, from_us: int | None, to_us: int | None) -> Points:
    """Return the points from one time to another, and one more on each side, so that lines reach the edges."""
    start = 0 if from_us is None else max(0, int(np.searchsorted(points.ts_us, from_us)) - 1)
    stop = len(points.ts_us) if to_us is None else int(np.searchsorted(points.ts_us, to_us, "right")) + 1
    return Points(points.ts_us[start:stop], points.values[start:stop])


def _band(bands: Points) -> Band:
    n = len(bands.ts_us)
    # A band moves slowly: every so-manieth is enough, and the last one.
    step = -(-n // _BAND_POINTS) or 1
    chosen = np.unique(np.append(np.arange(0, n, step), n - 1)) if n else np.arange(0)
    expected, low, high = (numbers(column) for column in bands.values[chosen].T)
    return Band(ts_us=bands.ts_us[chosen].tolist(), expected=expected, low=low, high=high)
