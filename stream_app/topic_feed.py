"""Follows a topic of JSON events in the background."""

import json
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from schemas.errors import UnavailableError
from stream_app.logs import get_logger

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection

log = get_logger(__name__)

_RETRY_AFTER_S = 2.0


def follow_topic(connection: "KafkaConnection", topic: str, on_event: Callable[[dict[str, Any]], None]) -> None:
    """Hand every new event of a topic to `on_event`, from a thread that ends with the process.

    After a time without Kafka the events since the start come again.
    """
    threading.Thread(target=_follow, args=(connection, topic, on_event), name=f"feed-{topic}", daemon=True).start()


def _follow(connection: "KafkaConnection", topic: str, on_event: Callable[[dict[str, Any]], None]) -> None:
    from connectors.kafka.reader import read_all

    since_ms = int(time.time() * 1000)
    while True:
        try:
            for message in read_all(connection, topic, since_ms, follow=True):
                on_event(json.loads(message.value or b"{}"))
        except UnavailableError as error:
            log.debug("topic_feed.waits", topic=topic, reason=str(error))
            time.sleep(_RETRY_AFTER_S)
