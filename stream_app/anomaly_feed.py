"""Follows the anomalies topic in the background and keeps count."""

import json
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from schemas.errors import UnavailableError
from schemas.topics import ANOMALIES
from stream_app.logs import get_logger

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection

log = get_logger(__name__)

_RETRY_AFTER_S = 2.0


class AnomalyFeed:
    """Hands every new anomaly event to `on_event`, from a thread of its own; `raised` and `open` count them by id."""

    def __init__(self, connection: "KafkaConnection", on_event: Callable[[dict[str, Any]], None]) -> None:
        self._connection = connection
        self._on_event = on_event
        self._raised: set[str] = set()
        self._cleared: set[str] = set()

    @property
    def raised(self) -> int:
        """How many anomalies were raised since the start."""
        return len(self._raised)

    @property
    def open(self) -> int:
        """How many of them are not cleared yet."""
        return len(self._raised - self._cleared)

    def start(self) -> None:
        """Begin to follow; the thread ends with the process."""
        threading.Thread(target=self._follow, name="anomaly-feed", daemon=True).start()

    def apply(self, event: dict[str, Any]) -> None:
        """Count an event; one that was seen before, or clears an anomaly of before the start, changes nothing."""
        anomaly = event["anomaly_id"]
        if event["type"] == "AnomalyRaised" and anomaly not in self._raised:
            self._raised.add(anomaly)
        elif event["type"] == "AnomalyCleared" and anomaly in self._raised - self._cleared:
            self._cleared.add(anomaly)
        else:
            return
        self._on_event(event)

    def _follow(self) -> None:
        from connectors.kafka.reader import read_all

        since_ms = int(time.time() * 1000)
        while True:
            try:
                for message in read_all(self._connection, ANOMALIES, since_ms, follow=True):
                    self.apply(json.loads(message.value or b"{}"))
            except UnavailableError as error:
                log.debug("anomaly_feed.waits", reason=str(error))
                time.sleep(_RETRY_AFTER_S)
