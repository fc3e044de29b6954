"""Watches the registry beside the hot path: a moved alias is fetched, verified and put on the shelf, or refused.

It runs in a thread of its own. Whatever happens here, the models in service go on.
"""

import threading
import time
from collections.abc import Callable

import structlog
from prometheus_client import Counter, Gauge

from agents.model_shelf import ModelShelf
from agents.served_artefact import Served, load_files
from connectors.kafka.connection import KafkaConnection
from connectors.kafka.follow import TopicFollower
from connectors.kafka.writer import BulkWriter
from connectors.model_artefacts.keys import TrustedKeys
from connectors.model_registry.aliases import Aliases, AliasTarget, RegistryReader
from schemas.errors import RefusedModelError, UnavailableError
from schemas.model_events import ModelEvent, ModelLoaded, ModelRefused, model_record, new_event_id
from schemas.model_names import ALIASES, CHALLENGER, FORMER, Alias, parse_model_name
from schemas.times import format_time
from schemas.topics import MODELS

log = structlog.get_logger(__name__)

POLL_S = 1.0
_RETRY_S = 5.0
_STOP_WITHIN_S = 5.0
REGISTRY_AWAY = Gauge("pdm_registry_away", "Whether the model registry does not answer (1) or does (0)")
REFUSED = Counter("pdm_models_refused", "Model versions that this worker refused", ["reason"])


class ModelWatch:
    """Keeps `shelf` as the registry says; tells of what it loads and refuses by `publish`."""

    def __init__(
        self,
        shelf: ModelShelf,
        registry: RegistryReader,
        keys: TrustedKeys,
        worker: str,
        publish: Callable[[ModelEvent], None],
    ) -> None:
        self._shelf, self._registry, self._keys, self._worker = shelf, registry, keys, worker
        self._publish = publish
        self._seen: Aliases = {}
        self._retry_at_s: dict[AliasTarget, float] = {}
        self._away = False

    def look(self) -> None:
        """Read the aliases once and act on what moved; a registry that is away changes nothing."""
        try:
            aliases = self._registry.aliases()
        except UnavailableError as error:
            self._note_away(error)
            return
        self._note_away(None)
        for alias in ALIASES:
            ours = _pointed_to(aliases, alias)
            self._shelf.put(alias, {target.name: self._served(alias, target) for target in ours})
            self._seen = {of: target for of, target in self._seen.items() if of[1] != alias or target in ours}

    def _served(self, alias: Alias, target: AliasTarget) -> Served | None:
        """Return what is to serve under an alias: what it points to, or what was there before where that may not."""
        present = self._shelf.offers(alias).get(target.name)
        if self._seen.get((target.name, alias)) == target and target not in self._retry_at_s:
            return present
        self._seen[target.name, alias] = target
        if time.monotonic() < self._retry_at_s.get(target, 0.0):
            return present
        self._retry_at_s.pop(target, None)
        try:
            served = self._known(target) or load_files(
                self._registry.files(target), self._keys, target.name, target.version
            )
        except RefusedModelError as refusal:
            self._refuse(alias, target, refusal.reason, str(refusal))
            return present
        except UnavailableError as error:
            # It may come: training registers a version before its files are all there.
            self._retry_at_s[target] = time.monotonic() + _RETRY_S
            log.warning("model.unavailable", model=target.name, version=target.version, detail=str(error))
            return present
        if present is None or present.digest != served.digest:
            log.info("model.loaded", alias=alias, model=target.name, version=target.version)
            self._publish(
                ModelLoaded(
                    id=new_event_id(),
                    model=target.name,
                    version=str(target.version),
                    ts=_now(),
                    alias=alias,
                    worker=self._worker,
                    digest=served.digest,
                )
            )
        return served

    def _known(self, target: AliasTarget) -> Served | None:
        """Return a version that is on the shelf under another alias."""
        for alias in ALIASES:
            held = self._shelf.offers(alias).get(target.name)
            if held is not None and held.model.version == str(target.version):
                return held
        return None

    def _refuse(self, alias: Alias, target: AliasTarget, reason: str, detail: str) -> None:
        log.error("model.refused", alias=alias, model=target.name, version=target.version, reason=reason, detail=detail)
        REFUSED.labels(reason).inc()
        self._publish(
            ModelRefused(
                id=new_event_id(),
                model=target.name,
                version=str(target.version),
                ts=_now(),
                alias=alias,
                worker=self._worker,
                reason=reason,
                detail=f"Version {target.version} of {target.name} is refused: {detail}",
            )
        )

    def _note_away(self, error: UnavailableError | None) -> None:
        if (error is not None) != self._away:
            self._away = error is not None
            if error is None:
                log.info("registry.back")
            else:
                log.warning("registry.away", detail=str(error), remedy="the models in service go on meanwhile")
        REGISTRY_AWAY.set(self._away)


class WatchThread(threading.Thread):
    """Looks every second, and at once when the models topic says that something changed."""

    def __init__(
        self, connection: KafkaConnection, watch: Callable[[Callable[[ModelEvent], None]], ModelWatch]
    ) -> None:
        super().__init__(name="model-watch", daemon=True)
        self._connection = connection
        self._make_watch = watch
        self._ended = threading.Event()
        self._writer: BulkWriter | None = None

    def run(self) -> None:
        """Look until ended; an unforeseen error is told, and the looking goes on."""
        watch = self._make_watch(self._publish)
        follower: TopicFollower | None = None
        while not self._ended.is_set():
            try:
                watch.look()
                if follower is None:
                    follower = TopicFollower(self._connection, MODELS, "end")
                follower.records(POLL_S)
            except UnavailableError as error:
                log.warning("models_topic.away", detail=str(error))
                follower = None
                self._ended.wait(POLL_S)
            except Exception:
                log.exception("model_watch.failed")
                self._ended.wait(POLL_S)
        if follower is not None:
            follower.close()

    def _publish(self, event: ModelEvent) -> None:
        """Send one event; what cannot be sent is in the log already."""
        if self._writer is None:
            self._writer = BulkWriter(self._connection, linger_ms=0.0)
        try:
            self._writer.send(MODELS, *model_record(event, time.time_ns() // 1000))
            self._writer.flush(_STOP_WITHIN_S)
        except UnavailableError as error:
            self._writer = None
            log.warning("model_event.unsent", type=event.type, detail=str(error))

    def end(self) -> None:
        """Have the thread end soon."""
        self._ended.set()


def _pointed_to(aliases: Aliases, alias: Alias) -> list[AliasTarget]:
    """Return the versions of our models under an alias; without a challenger the former champion is in its place."""
    found: dict[str, AliasTarget] = {}
    for each in (FORMER, alias) if alias == CHALLENGER else (alias,):
        found |= {name: target for (name, of), target in aliases.items() if of == each and parse_model_name(name)}
    return list(found.values())


def _now() -> str:
    return format_time(time.time_ns() // 1000)
