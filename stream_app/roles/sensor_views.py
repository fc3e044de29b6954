"""Web views of a monitor worker: the state of sensors from the Faust table."""

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
from faust.web import Request, View, Web

if TYPE_CHECKING:
    from agents.monitor import Monitor
    from schemas.anomaly import Lane

# Asked of one worker by another, so that a question goes round once.
_LOCAL = "local"
_PEER_TIMEOUT_S = 5.0
_LIST_LIMIT = 1000


def add(monitor: "Monitor") -> None:
    """Serve the views from the app's own web server."""
    app = monitor.app

    @app.page("/sensors/", name="sensors")
    async def sensors(web: Web, request: Request) -> Any:
        limit = min(int(request.query.get("limit", _LIST_LIMIT)), _LIST_LIMIT)
        lane = _lane(request)
        rows, counts = monitor.sensors(limit, lane), Counter(monitor.count_sensors())
        if _LOCAL not in request.query:
            for answer in await _ask_peers(app, f"/sensors/?limit={limit}&{_LOCAL}=1{_of(lane)}"):
                rows += answer["sensors"]
                counts.update(answer["by_lane"])
        rows.sort(key=lambda row: (str(row["sensor_id"]), str(row["lane"])))
        total = counts.total() if lane is None else counts[lane]
        return web.json({"sensors": rows[:limit], "total": total, "by_lane": dict(counts)})

    @app.page("/models/", name="models")
    async def models(web: Web, request: Request) -> Any:
        return web.json({"models": monitor.models()})

    @app.page("/sensors/{sensor_id:.+}/", name="sensor")
    class Sensor(View):
        async def get(self, request: Request, sensor_id: str) -> Any:
            lane = _lane(request)
            state = monitor.sensor(sensor_id, lane)
            if state is None and _LOCAL not in request.query:
                found = await _ask_peers(app, f"/sensors/{quote(sensor_id)}/?{_LOCAL}=1{_of(lane)}")
                state = found[0] if found else None
            if state is None:
                return self.json({"error": f"No sensor {sensor_id!r} in the table; see /sensors/"}, status=404)
            return self.json(state)


def _lane(request: Request) -> "Lane | None":
    """Return the lane that a request names; one that is none of ours has no sensors."""
    lane: Lane | None = request.query.get("lane") or None
    return lane


def _of(lane: "Lane | None") -> str:
    return "" if lane is None else f"&lane={quote(lane)}"


async def _ask_peers(app: Any, path: str) -> list[dict[str, Any]]:
    """Ask every other worker of the group; those that do not answer with 200 are left out."""
    own = str(app.conf.canonical_url).rstrip("/")
    peers = {str(url).rstrip("/") for url in app.assignor.tables_metadata()} - {own}

    async def ask(session: aiohttp.ClientSession, peer: str) -> dict[str, Any] | None:
        try:
            async with session.get(peer + path) as response:
                answer: dict[str, Any] | None = await response.json() if response.status == 200 else None
                return answer
        except (aiohttp.ClientError, TimeoutError):
            return None

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PEER_TIMEOUT_S)) as session:
        answers = await asyncio.gather(*(ask(session, peer) for peer in peers))
    return [answer for answer in answers if answer is not None]
