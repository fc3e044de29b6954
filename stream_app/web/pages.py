"""The page itself and its static files, with headers that let nothing else in."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).with_name("static")
# Every state of the page has a path of its own; the page itself finds out what to show there.
PATHS = (
    *("/", "/asset/{asset_id:path}", "/anomalies", "/sound", "/sound/{microphone_id:path}"),
    *("/models", "/models/{name}", "/drift", "/pipeline"),
)

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Asked for again each time, answered by 304 while unchanged: a new version is seen at once.
    "Cache-Control": "no-cache",
}


class SafeHeaders:
    """Adds the headers to every answer that does not have them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; ASGI."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def add_pages(app: FastAPI) -> None:
    """Serve the page under its paths and its files under /static."""
    routes = APIRouter(include_in_schema=False)
    for path in PATHS:
        routes.add_api_route(path, _page, methods=["GET"])
    app.include_router(routes)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")


def _page() -> FileResponse:
    return FileResponse(STATIC / "index.html", media_type="text/html; charset=utf-8")
