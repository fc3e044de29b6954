"""The fleet at a glance: the state of every asset, the worst first."""

import time
from typing import NamedTuple, get_args

from schemas.times import format_time
from stream_app.web.anomaly_log import Anomaly
from stream_app.web.answers import Fleet, SensorRow, Sparkline, State, Tile
from stream_app.web.columns import numbers
from stream_app.web.store import Store
from stream_app.web.thinning import thinned, with_gaps

WORST_FIRST: tuple[State, ...] = get_args(State)
# From here on an anomaly wants action rather than attention: its score is 2.3 times the threshold.
ACT_GRADE = 0.8
SPARKLINE_POINTS = 60
_SPARKLINE_READINGS = 900


class Standing(NamedTuple):
    """The state of an asset with the anomaly that is the reason, if it is one; sorts worst first."""

    rank: int
    calm: float
    asset_id: str
    worst: Anomaly | None

    @property
    def state(self) -> State:
        """The one word."""
        return WORST_FIRST[self.rank]


def fleet(store: Store, search: str, limit: int) -> Fleet:
    """Return the assets whose name or whose sensors' names hold `search`; call with the store's lock held."""
    now_s = time.monotonic()
    wanted = [asset for asset in store.sensors.rows_by_asset if _matches(store, asset, search.lower())]
    standings = sorted(standing(store, asset, now_s) for asset in wanted)
    counts: dict[State, int] = dict.fromkeys(WORST_FIRST, 0)
    for one in standings:
        counts[one.state] += 1
    return Fleet(total=len(standings), counts=counts, assets=[tile(store, one) for one in standings[:limit]])


def standing(store: Store, asset_id: str, now_s: float) -> Standing:
    """Return how an asset is."""
    opened = store.anomalies.open_by_asset.get(asset_id, {})
    if opened:
        worst = max(opened.values(), key=lambda one: (one.grade, one.start_ts, one.anomaly_id))
        return _ranked("act" if worst.grade >= ACT_GRADE else "attention", asset_id, worst)
    if store.health.unhealthy.get(asset_id):
        return _ranked("sensor", asset_id)
    sensors = store.sensors
    rows = sensors.rows_by_asset[asset_id]
    if all(now_s - sensors.heard_s[row] > sensors.late_after_s(row) for row in rows):
        return _ranked("silent", asset_id)
    if store.bands.learning and any(sensors.index.names[row] in store.bands.learning for row in rows):
        return _ranked("learning", asset_id)
    return _ranked("normal", asset_id)


def _ranked(state: State, asset_id: str, worst: Anomaly | None = None) -> Standing:
    return Standing(WORST_FIRST.index(state), -worst.grade if worst else 0.0, asset_id, worst)


def tile(store: Store, one: Standing) -> Tile:
    """Return an asset's tile."""
    sensors = store.sensors
    rows = sensors.rows_by_asset[one.asset_id]
    unhealthy = store.health.unhealthy.get(one.asset_id, {})
    opened = store.anomalies.open_by_asset.get(one.asset_id, {})
    last_ts = format_time(max(int(sensors.newest_us[row]) for row in rows))
    since: str | None
    if opened:
        since = min(anomaly.start_ts for anomaly in opened.values())
    elif one.state == "sensor":
        since = min(each.since_ts for each in unhealthy.values())
    elif one.state == "silent":
        since = last_ts
    else:
        since = store.anomalies.last_end.get(one.asset_id)
    telling = one.worst.sensor_id if one.worst else next(iter(unhealthy), None)
    row = sensors.find(telling) if telling else None
    return Tile(
        asset_id=one.asset_id,
        state=one.state,
        since_ts=since,
        worst=one.worst,
        unhealthy=next(iter(unhealthy.values()), None),
        open_anomalies=len(opened),
        sensors=len(rows),
        last_ts=last_ts,
        sparkline=_sparkline(store, min(rows, key=lambda r: sensors.index.names[r]) if row is None else row),
    )


def _sparkline(store: Store, row: int) -> Sparkline:
    ts_us, values = store.sensors.rings.read(row, _SPARKLINE_READINGS)
    ts_us, value = with_gaps(ts_us, values[:, 0])
    kept = thinned(ts_us, value, SPARKLINE_POINTS)
    return Sparkline(
        sensor_id=store.sensors.index.names[row],
        from_ts=format_time(int(ts_us[0])),
        to_ts=format_time(int(ts_us[-1])),
        ts_us=ts_us[kept].tolist(),
        value=numbers(value[kept]),
    )


def sensor_row(store: Store, row: int, now_s: float) -> SensorRow:
    """Return a sensor as it is now."""
    sensors, index = store.sensors, store.sensors.index
    sensor_id, asset_id = index.names[row], index.asset_id[row]
    mine = [one for one in store.anomalies.open_by_asset.get(asset_id, {}).values() if one.sensor_id == sensor_id]
    health = store.health.get(asset_id, sensor_id)
    age_s = now_s - float(sensors.heard_s[row])
    state: State = "normal"
    if mine:
        state = "act" if max(one.grade for one in mine) >= ACT_GRADE else "attention"
    elif health is not None:
        state = "sensor"
    elif age_s > sensors.late_after_s(row):
        state = "silent"
    elif sensor_id in store.bands.learning:
        state = "learning"
    period_s = float(sensors.period_us[row]) / 1e6
    return SensorRow(
        sensor_id=sensor_id,
        asset_id=asset_id,
        sensor_type=index.sensor_type[row],
        unit=index.unit[row],
        state=state,
        health="ok" if health is None else health.state,
        last_ts=format_time(int(sensors.newest_us[row])),
        value=numbers(sensors.newest_value[row : row + 1])[0],
        period_s=period_s or None,
        age_s=round(age_s, 3),
    )


def _matches(store: Store, asset_id: str, search: str) -> bool:
    if not search or search in asset_id.lower():
        return True
    names = store.sensors.index.names
    return any(search in names[row].lower() for row in store.sensors.rows_by_asset[asset_id])
