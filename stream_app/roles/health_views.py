"""Web views of every worker with lanes: whether it lives, whether it is ready, and its metrics."""

from typing import TYPE_CHECKING, Any

from faust.web import Request, Web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

if TYPE_CHECKING:
    from agents.lane_group import LaneGroup


def add(lanes: "LaneGroup") -> None:
    """Serve the views from the app's own web server."""
    app = lanes.app

    @app.page("/healthz", name="healthz")
    async def healthz(web: Web, request: Request) -> Any:
        return web.json({"status": "ok"})

    @app.page("/readyz", name="readyz")
    async def readyz(web: Web, request: Request) -> Any:
        ready = lanes.ready
        return web.json({"ready": ready, "partitions": lanes.partitions()}, status=200 if ready else 503)

    @app.page("/metrics", name="pdm_metrics")
    async def metrics(web: Web, request: Request) -> Any:
        return web.bytes(generate_latest(), content_type=CONTENT_TYPE_LATEST.split(";")[0])
