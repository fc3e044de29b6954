"""The FastAPI application of the role `web`."""

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.middleware.trustedhost import TrustedHostMiddleware

from stream_app.web.api import router
from stream_app.web.learning.routes import learning_router
from stream_app.web.learning.writes import learning_writes
from stream_app.web.pages import SafeHeaders, add_pages
from stream_app.web.parts import Parts
from stream_app.web.pipeline_watch import PipelineWatch
from stream_app.web.problem import add_handlers
from stream_app.web.sound.routes import sound_router
from stream_app.web.store import Store

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def make_app(parts: Parts, host: str = "127.0.0.1") -> FastAPI:
    """Return the application that listens on `host`; on loopback it answers to loopback names alone."""
    app = FastAPI(
        title="stream-app",
        version=version("stream-app"),
        description="Sensors, assets, anomalies, models, drift and the pipeline, as the page shows them.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    add_handlers(app)
    app.include_router(router(parts))
    app.include_router(sound_router(parts))
    app.include_router(learning_router(parts))
    app.include_router(learning_writes(parts))
    _add_probes(app, parts)
    add_pages(app)
    app.add_middleware(SafeHeaders)
    if host in _LOOPBACK:
        # A foreign page whose name was made to point here must not read what it finds.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*_LOOPBACK, "[", "testserver"])
    return app


def _add_probes(app: FastAPI, parts: Parts) -> None:
    @app.get("/healthz", tags=["probes"])
    async def healthz() -> dict[str, str]:
        """Tell that the process lives."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["probes"], responses={503: {"description": "readings or anomalies are not followed"}})
    async def readyz() -> JSONResponse:
        """Tell whether readings and anomalies are followed."""
        ready = parts.feeds is not None and parts.feeds.ready
        return JSONResponse({"ready": ready, "partitions": {}}, 200 if ready else 503)

    @app.get("/metrics", tags=["probes"], response_class=Response)
    def metrics() -> Response:
        """Return the metrics of this process in the Prometheus text format."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def openapi_document() -> dict[str, Any]:
    """Return the REST interface as an OpenAPI 3.1 document."""
    store = Store()
    return make_app(Parts(store, PipelineWatch(list, store, None))).openapi()
