"""Role `web`: the page, REST and server-sent events, from a reader of its own."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import structlog
import uvicorn

from agents.promote import run_command
from connectors.kafka.admin import wait_until_reachable
from connectors.model_registry.aliases import registry_reader
from schemas.errors import UnavailableError
from stream_app.models_in_service import registry_uri
from stream_app.promotions import promotion_bounds
from stream_app.running import read_note
from stream_app.web.access import Access
from stream_app.web.app import make_app
from stream_app.web.band_watch import BandWatch
from stream_app.web.feeds import Feeds
from stream_app.web.learning.parts import LearningParts
from stream_app.web.learning.registry_book import RegistryBook
from stream_app.web.learning.reports import Reports
from stream_app.web.learning.shadow_watch import ShadowWatch
from stream_app.web.parts import Parts
from stream_app.web.pipeline_watch import PipelineWatch
from stream_app.web.sound.answers import SoundAnswers
from stream_app.web.sound.archive import SoundArchive
from stream_app.web.sound.kept_clips import KeptClips
from stream_app.web.sound.microphones import Microphones
from stream_app.web.store import Store

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection
    from stream_app.settings import Settings

log = structlog.get_logger(__name__)

_REQUESTS_END_WITHIN_S = 1
_KAFKA_WITHIN_S = 5.0


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: the streams are to end first."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(settings: "Settings", name: str) -> int:
    """Serve the page until SIGTERM or SIGINT; return the exit code."""
    log.debug("worker.starting", role="web", name=name)
    return asyncio.run(_serve(settings, name))


async def _serve(settings: "Settings", name: str) -> int:
    parts = build(settings)
    listening = _listen(settings.web.host, settings.web.port)
    config = uvicorn.Config(
        make_app(parts, settings.web.host),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_REQUESTS_END_WITHIN_S,
        server_header=False,
    )
    server = _Server(config)

    def stop() -> None:
        log.info("worker.stopping", name=name)
        # An open stream would hold the server up for as long as its client likes.
        parts.end()
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    parts.start()
    log.info("worker.started", name=name, web="http://{}:{}".format(*listening.getsockname()[:2]))
    await server.serve(sockets=[listening])
    parts.stop()
    log.info("worker.stopped", name=name)
    return 0


def build(settings: "Settings") -> Parts:
    """Put the parts together."""

    def urls() -> list[str]:
        return worker_addresses(settings)

    store, microphones, connection = Store(), Microphones(), settings.kafka_connection()
    feeds = Feeds(connection, store, microphones)
    archive = SoundArchive(connection)
    sound = SoundAnswers(archive)
    if settings.audio.keep_clips:
        folder = settings.data_dir.absolute() / "clips"
        sound.kept = KeptClips(folder, archive, store, settings.audio.clip_retention_h * 3600.0)
    watch, bands = PipelineWatch(urls, store, feeds), BandWatch(urls, store, settings.detection)
    access = Access(settings.web.engineer_token, settings.audio.clip_token)
    return Parts(store, watch, bands, feeds, microphones, sound, access, _learning(settings, connection))


def _learning(settings: "Settings", connection: "KafkaConnection") -> LearningParts:
    return LearningParts(
        registry=RegistryBook(registry_reader(registry_uri(settings))),
        shadow=ShadowWatch(connection, promotion_bounds(settings)),
        reports=Reports(settings.data_dir.absolute() / "reports"),
        command=run_command,
        reach_kafka=lambda: wait_until_reachable(connection, _KAFKA_WITHIN_S),
    )


def worker_addresses(settings: "Settings") -> list[str]:
    """Return where the workers answer: those noted in the data directory, else all that the configured host names."""
    note = read_note(settings.data_dir)
    if note is not None and note.workers:
        return list(note.workers)
    host, port = settings.worker.host, settings.worker.port
    with suppress(OSError):
        found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)
        return sorted({f"http://{place[0]}:{port}" for *_, place in found})
    return [f"http://{host}:{port}"]


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UnavailableError(
            f"The page cannot be served at {host}:{port} ({error.strerror}); "
            "set STREAM_APP_WEB__HOST or STREAM_APP_WEB__PORT to others."
        ) from None
