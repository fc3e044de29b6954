"""Server-sent events: what changed, and an end when the server ends."""

import asyncio
import json
import time
from typing import Any

from stream_app.web.event_stream import EventStream, StreamTopic
from tests.unit.web.filled import READINGS, anomaly, bands, filled, parts, reading, record


def told(events: list[bytes]) -> dict[str, Any]:
    found = {}
    for event in b"".join(events).decode().split("\n\n"):
        if event:
            name, data = event.split("\n")
            found[name.removeprefix("event: ")] = json.loads(data.removeprefix("data: "))
    return found


def stream(*sensors: str, topics: set[StreamTopic] | None = None) -> tuple[EventStream, Any]:
    store = filled()
    made = parts(store)
    wanted: set[StreamTopic] = topics or {"anomalies", "pipeline", "points"}
    return EventStream(store, made.watch, made.closing, wanted, sensors), made


def test_what_changed_is_told_once() -> None:
    events, made = stream("pump-1/flow", "no/such")
    assert set(told(events.due())) == {"pipeline"}
    assert events.due() == []
    made.store.take_readings([record(reading("pump-1/flow", READINGS + i, 5.0 + i)) for i in range(3)])
    made.store.take_readings([record(reading("pump-1/pressure", READINGS))])
    made.store.take_features([record(bands("pump-1/flow"))])
    made.store.take_anomalies([record(anomaly("next", "pump-1/flow", 3))])
    found = told(events.due())
    assert set(found) == {"anomalies", "points"}
    assert [one["anomaly_id"] for one in found["anomalies"]] == ["next"]
    assert set(found["points"]) == {"pump-1/flow"}
    assert found["points"]["pump-1/flow"]["value"] == [5.0, 6.0, 7.0]
    assert found["points"]["pump-1/flow"]["band"]["high"][-1] == 12.0
    assert events.due() == []
    made.watch.look()
    assert set(told(events.due())) == {"pipeline"}


def test_only_what_was_asked_for() -> None:
    events, made = stream("pump-1/flow", topics={"anomalies"})
    made.store.take_readings([record(reading("pump-1/flow", READINGS))])
    assert events.due() == []


def test_many_points_at_once_keep_their_spike() -> None:
    events, made = stream("pump-1/flow", topics={"points"})
    events.due()
    made.store.take_readings(
        [record(reading("pump-1/flow", READINGS + i, 77.0 if i == 1234 else None)) for i in range(3000)]
    )
    value = told(events.due())["points"]["pump-1/flow"]["value"]
    assert len(value) <= 200
    assert max(value) == 77.0


def test_the_stream_ends_with_the_server() -> None:
    async def scenario() -> tuple[list[bytes], float]:
        events, made = stream("pump-1/flow")
        got: list[bytes] = []

        async def client() -> None:
            async for event in made.counted(events, ["pump-1/flow"]):
                got.append(event)  # noqa: PERF401 (what came is looked at when the stream has ended)

        reading_on = asyncio.create_task(client())
        await asyncio.sleep(0.3)
        assert made.streams == 1
        made.store.take_anomalies([record(anomaly("next", "pump-1/flow", 3))])
        await asyncio.sleep(0.5)
        began = time.monotonic()
        made.closing.set()
        await reading_on
        assert made.streams == 0
        return got, time.monotonic() - began

    got, seconds = asyncio.run(scenario())
    assert got[0].startswith(b"retry: ")
    assert any(event.startswith(b"event: anomalies\n") for event in got)
    assert seconds < 0.3
