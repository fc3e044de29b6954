"""The REST interface under /api/v1."""

import time
from typing import Annotated, get_args

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from schemas.times import parse_time
from stream_app.web.answers import (
    Anomalies,
    AssetDetail,
    Fleet,
    Pipeline,
    SensorDetail,
    Sensors,
    Series,
    Spectrum,
)
from stream_app.web.event_stream import EventStream, StreamTopic
from stream_app.web.fleet import WORST_FIRST, fleet, sensor_row, standing, tile
from stream_app.web.parts import Parts
from stream_app.web.problem import ANSWERS, ProblemError, no_asset, no_sensor
from stream_app.web.series import series
from stream_app.web.spectrum_view import spectrum
from stream_app.web.times import TIME, Time, time_us

_MOST_STREAMED = 40
_MOST_STREAMS = 200
_ASSET_ANOMALIES = 50

Search = Annotated[str, Query(max_length=200, description="part of a name")]
Limit = Annotated[int, Query(ge=1, le=1000)]
Offset = Annotated[int, Query(ge=0)]


def router(parts: Parts) -> APIRouter:
    """Return the routes over the parts of the role."""
    routes = APIRouter(prefix="/api/v1", responses=ANSWERS)
    store = parts.store

    @routes.get("/sensors", tags=["sensors"])
    def list_sensors(search: Search = "", asset: str | None = None, limit: Limit = 200, offset: Offset = 0) -> Sensors:
        """List the sensors heard of, by name."""
        now_s = time.monotonic()
        with store.lock:
            names = store.sensors.index.names
            by_asset = store.sensors.rows_by_asset
            rows = by_asset.get(asset, []) if asset is not None else [row for mine in by_asset.values() for row in mine]
            found = sorted((names[row], row) for row in rows if search.lower() in names[row].lower())
            chosen = [sensor_row(store, row, now_s) for _, row in found[offset : offset + limit]]
        return Sensors(total=len(found), sensors=chosen)

    @routes.get("/sensors/{sensor_id:path}/series", tags=["sensors"])
    def sensor_series(
        sensor_id: str,
        from_ts: Annotated[str | None, Query(alias="from", description=TIME)] = None,
        to_ts: Annotated[str | None, Query(alias="to", description=TIME)] = None,
        points: Annotated[int, Query(ge=10, le=10_000, description="most points, as wide as your screen")] = 1000,
    ) -> Series:
        """Return readings and the band of the expected, thinned by minimum and maximum."""
        row = _row(sensor_id)
        parts.look_at([sensor_id])
        return series(store, row, time_us("from", from_ts), time_us("to", to_ts), points)

    @routes.get("/sensors/{sensor_id:path}/spectrum", tags=["sensors"])
    def sensor_spectrum(sensor_id: str) -> Spectrum:
        """Return the spectrum now and the mean of the healthy ones."""
        found = spectrum(store, store.sensors.find(sensor_id), sensor_id)
        if found is None:
            raise ProblemError(
                404,
                f"There is no spectrum of {sensor_id!r}",
                "no signal blocks came of it, and fewer than 256 readings in even steps are held",
                "publish its blocks to pdm.signals.v1, or wait for more readings",
            )
        return found

    @routes.get("/sensors/{sensor_id:path}", tags=["sensors"])
    def sensor(sensor_id: str) -> SensorDetail:
        """Return one sensor."""
        row = _row(sensor_id)
        parts.look_at([sensor_id])
        with store.lock:
            known = sensor_row(store, row, time.monotonic())
            bands = store.bands.read(row)
            opened = store.anomalies.open_by_asset.get(known.asset_id, {}).values()
            expected, low, high = bands.values[-1].tolist() if len(bands.ts_us) else (None, None, None)
            return SensorDetail(
                **known.model_dump(),
                points_held=len(store.sensors.rings.read(row).ts_us),
                expected=expected,
                low=low,
                high=high,
                open_anomalies=[one for one in opened if one.sensor_id == sensor_id],
            )

    @routes.get("/assets", tags=["assets"])
    def list_assets(search: Search = "", limit: Limit = 200) -> Fleet:
        """List the assets, worst first."""
        with store.lock:
            return fleet(store, search, limit)

    @routes.get("/assets/{asset_id:path}", tags=["assets"])
    def asset(asset_id: str) -> AssetDetail:
        """Return one asset with its sensors, worst first, and its recent anomalies."""
        with store.lock:
            if asset_id not in store.sensors.rows_by_asset:
                raise no_asset(asset_id)
            now_s = time.monotonic()
            rows = [sensor_row(store, row, now_s) for row in store.sensors.rows_by_asset[asset_id]]
            rows.sort(key=lambda row: (WORST_FIRST.index(row.state), row.sensor_id))
            mine = [one for one in store.anomalies.recent() if one.asset_id == asset_id]
            return AssetDetail(
                tile=tile(store, standing(store, asset_id, now_s)), sensors=rows, anomalies=mine[:_ASSET_ANOMALIES]
            )

    @routes.get("/anomalies", tags=["anomalies"])
    def list_anomalies(
        since: Time = None,
        limit: Limit = 100,
        sensor: str | None = None,
        asset: str | None = None,
        is_open: Annotated[bool | None, Query(alias="open", description="only open, or only over")] = None,
    ) -> Anomalies:
        """List the anomalies raised or ended since a time, last raised first."""
        since_us = time_us("since", since)
        with store.lock:
            found = [
                one
                for one in store.anomalies.recent()
                if (sensor is None or one.sensor_id == sensor)
                and (asset is None or one.asset_id == asset)
                and (is_open is None or is_open == (one.end_ts is None))
                and (since_us is None or parse_time(one.end_ts or one.ts) >= since_us or one.end_ts is None)
            ]
            opened = sum(len(mine) for mine in store.anomalies.open_by_asset.values())
        return Anomalies(total=len(found), open=opened, anomalies=found[:limit])

    @routes.get("/pipeline", tags=["pipeline"])
    def pipeline() -> Pipeline:
        """Return rates, lag, latency, dead letters, workers and checkpoints."""
        return parts.watch.latest

    @routes.get(
        "/stream",
        tags=["stream"],
        response_class=StreamingResponse,
        responses={
            200: {
                "description": "Events `anomalies` (list of Anomaly), `pipeline` (Pipeline), `points` (by sensor), "
                "`models`, `drift` and `retraining` (lists of what was published on these topics)",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            }
        },
    )
    async def stream(
        topics: Annotated[list[StreamTopic] | None, Query(description="which events; all where none is named")] = None,
        sensor: Annotated[
            list[str] | None, Query(max_length=_MOST_STREAMED, description="whose points, up to 40")
        ] = None,
    ) -> StreamingResponse:
        """Follow what changes, at most five times a second."""
        if parts.streams >= _MOST_STREAMS:
            raise ProblemError(
                503, "The stream is not opened", f"{_MOST_STREAMS} are open already", "close one, then try again"
            )
        wanted: set[StreamTopic] = set(topics or get_args(StreamTopic))
        events = EventStream(store, parts.watch, parts.closing, wanted, sensor or [])
        return StreamingResponse(
            parts.counted(events, sensor or []),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    def _row(sensor_id: str) -> int:
        row = store.sensors.find(sensor_id)
        if row is None:
            raise no_sensor(sensor_id)
        return row

    return routes
