"""Server-sent events: what changed, at most five times a second, and an end when the server ends."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter

from schemas.drift import DriftDetected
from schemas.times import format_time
from stream_app.web.anomaly_log import Anomaly
from stream_app.web.answers import PointsOfSensor
from stream_app.web.event_log import EventLog
from stream_app.web.learning.answers import AnyModelEvent, AnyRetrainingEvent
from stream_app.web.metrics import STREAMS
from stream_app.web.pipeline_watch import PipelineWatch
from stream_app.web.series import news
from stream_app.web.store import Store

StreamTopic = Literal["anomalies", "pipeline", "points", "models", "drift", "retraining"]

EVERY_S = 0.2
_STILL_THERE_EVERY_S = 10.0
_ANOMALIES = TypeAdapter(list[Anomaly])
_POINTS = TypeAdapter(dict[str, PointsOfSensor])
_LEARNED: dict[StreamTopic, TypeAdapter[Any]] = {
    "models": TypeAdapter(list[AnyModelEvent]),
    "drift": TypeAdapter(list[DriftDetected]),
    "retraining": TypeAdapter(list[AnyRetrainingEvent]),
}


class Hello(BaseModel):
    """The first event: the clock of the server."""

    ts: str


class EventStream:
    """The events of one client, as bytes; `closing` ends it within a fifth of a second."""

    def __init__(
        self,
        store: Store,
        watch: PipelineWatch,
        closing: asyncio.Event,
        topics: set[StreamTopic],
        sensors: Sequence[str],
    ) -> None:
        self._store, self._watch, self._closing = store, watch, closing
        self._topics, self._sensors = topics, sensors
        self._anomalies_version = store.anomalies.version
        self._pipeline_version = -1
        logs: dict[StreamTopic, EventLog[Any]] = {name: getattr(store.learned, name) for name in _LEARNED}
        self._logs = {name: log for name, log in logs.items() if name in topics}
        self._heard = {name: log.version for name, log in self._logs.items()}
        # By sensor: how many points and bands it was given already.
        self._seen: dict[str, tuple[int, int]] = {}

    async def __aiter__(self) -> AsyncIterator[bytes]:
        STREAMS.inc()
        try:
            yield b"retry: 1000\n\n" + _event("hello", Hello(ts=format_time(time.time_ns() // 1000)).model_dump_json())
            said_s = time.monotonic()
            while not self._closing.is_set():
                events = self.due()
                if events:
                    yield b"".join(events)
                    said_s = time.monotonic()
                elif time.monotonic() - said_s > _STILL_THERE_EVERY_S:
                    yield b": still there\n\n"
                    said_s = time.monotonic()
                try:
                    async with asyncio.timeout(EVERY_S):
                        await self._closing.wait()
                except TimeoutError:
                    continue
        finally:
            STREAMS.dec()

    def due(self) -> list[bytes]:
        """Return the events of what changed since the last call."""
        events = []
        with self._store.lock:
            if "anomalies" in self._topics and self._store.anomalies.version > self._anomalies_version:
                changed = self._store.anomalies.changed_since(self._anomalies_version)
                self._anomalies_version = self._store.anomalies.version
                events.append(_event("anomalies", _ANOMALIES.dump_json(changed)))
            for name, log in self._logs.items():
                if log.version > self._heard[name]:
                    events.append(_event(name, _LEARNED[name].dump_json(log.since(self._heard[name]))))
                    self._heard[name] = log.version
            points = self._points() if "points" in self._topics else {}
        if points:
            events.append(_event("points", _POINTS.dump_json(points)))
        if "pipeline" in self._topics and self._watch.version != self._pipeline_version:
            self._pipeline_version = self._watch.version
            events.append(_event("pipeline", self._watch.latest.model_dump_json()))
        return events

    def _points(self) -> dict[str, PointsOfSensor]:
        found = {}
        sensors, bands = self._store.sensors, self._store.bands
        for sensor_id in self._sensors:
            row = sensors.find(sensor_id)
            if row is None:
                continue
            now = sensors.rings.written(row), bands.written(row)
            before = self._seen.get(sensor_id, now)
            self._seen[sensor_id] = now
            if now != before:
                found[sensor_id] = news(sensors.rings.since(row, before[0]), bands.since(row, before[1]))
        return found


def _event(name: str, data: str | bytes) -> bytes:
    content = data.encode() if isinstance(data, str) else data
    return b"event: %s\ndata: %s\n\n" % (name.encode(), content)
