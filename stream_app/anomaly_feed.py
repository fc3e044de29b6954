"""Follows the anomalies topic in the background and keeps count."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from schemas.topics import ANOMALIES
from stream_app.topic_feed import follow_topic

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection


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
        follow_topic(self._connection, ANOMALIES, self.apply)

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
