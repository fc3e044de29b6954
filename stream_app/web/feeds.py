"""The threads that fill the store: one follower a topic, patient where the broker is away."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.follow import TopicFollower
from connectors.kafka.reader import Start
from schemas.errors import UnavailableError
from schemas.topics import (
    ANOMALIES,
    AUDIO_FRAMES,
    DRIFT,
    FEATURES,
    MODELS,
    READINGS,
    RETRAINING,
    SENSOR_HEALTH,
    SIGNALS,
)
from stream_app.logs import get_logger
from stream_app.web.interest import NOBODY, Interest, covers, everything
from stream_app.web.metrics import RECORDS, SKIPPED
from stream_app.web.pace import Pace
from stream_app.web.sound.microphones import Microphones
from stream_app.web.store import Store

log = get_logger(__name__)

_FRAME_MS = 10_000
_MINUTES_MS = 60_000
_DAYS_MS = 24 * 60 * _MINUTES_MS
_YEAR_MS = 366 * _DAYS_MS
_WAIT_S = 0.2
_RETRY_AFTER_S = 2.0
_CLOSE_WITHIN_S = 0.6


@dataclass
class Feed:
    """One topic: how far back it begins, what takes its records (with their headers or without), whether some
    may be left out, which partitions are wanted, and how it goes."""

    topic: str
    back_ms: int
    take: Callable[[list[Any]], int]
    may_skip: bool = False
    with_headers: bool = False
    interest: Callable[[], Interest] = everything
    pace: Pace = field(default_factory=Pace)
    following: bool = False
    trouble: str | None = None


class Feeds:
    """All feeds of a store; what cannot be kept up with is skipped, but never an event."""

    def __init__(self, connection: KafkaConnection, store: Store, microphones: Microphones) -> None:
        self._connection = connection
        self._stop = threading.Event()
        self.readings = Feed(READINGS, 15 * _MINUTES_MS, store.take_readings, may_skip=True)
        self.all = [
            self.readings,
            Feed(ANOMALIES, 7 * _DAYS_MS, store.take_anomalies),
            Feed(SENSOR_HEALTH, 7 * _DAYS_MS, store.take_health),
            Feed(FEATURES, 15 * _MINUTES_MS, store.take_features, may_skip=True),
            Feed(SIGNALS, 2 * _MINUTES_MS, store.take_signals, may_skip=True),
            Feed(MODELS, _YEAR_MS, store.take_models),
            Feed(DRIFT, _YEAR_MS, store.take_drift),
            Feed(RETRAINING, _YEAR_MS, store.take_retraining),
            # Sound is much, and its page is rarely looked at. A frame lasts 10 s at most.
            Feed(AUDIO_FRAMES, _FRAME_MS, microphones.take, True, with_headers=True, interest=microphones.interest),
        ]
        self._threads = [
            threading.Thread(target=self._keep, args=(feed,), name=f"feed {feed.topic}", daemon=True)
            for feed in self.all
        ]

    def start(self) -> None:
        """Begin to follow."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Begin to end."""
        self._stop.set()

    def stop(self) -> None:
        """End within about half a second; what a broker holds up longer ends with the process."""
        self.end()
        until = time.monotonic() + _CLOSE_WITHIN_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    @property
    def skipped_records(self) -> int:
        """How many records of all topics were left out."""
        return sum(feed.pace.skipped_records for feed in self.all)

    @property
    def ready(self) -> bool:
        """Whether readings and anomalies are followed."""
        return all(feed.following for feed in self.all[:2])

    def _keep(self, feed: Feed) -> None:
        start: Start = _back(feed)
        read = feed.interest()
        while not self._stop.is_set():
            interest = feed.interest()
            if not covers(read, interest):
                # What nobody wanted was not read: as at the beginning.
                start = _back(feed)
            read = interest
            if interest == NOBODY:
                self._stop.wait(_WAIT_S)
                continue
            try:
                with TopicFollower(self._connection, feed.topic, start, interest) as follower:
                    # The same mapping throughout: after trouble it goes on where this one ended.
                    start = follower.positions
                    feed.following, feed.trouble = True, None
                    log.debug("feed.follows", topic=feed.topic)
                    self._follow(feed, follower, interest)
            except UnavailableError as error:
                log.debug("feed.waits", topic=feed.topic, reason=str(error))
                feed.trouble = str(error)
                self._stop.wait(_RETRY_AFTER_S)
            finally:
                feed.following = False

    def _follow(self, feed: Feed, follower: TopicFollower, interest: Interest) -> None:
        while not self._stop.is_set() and feed.interest() == interest:
            records = follower.headed_records(_WAIT_S) if feed.with_headers else follower.records(_WAIT_S)
            if records:
                RECORDS.labels(feed.topic).inc(len(records))
                feed.take(records)
            now_s = time.monotonic()
            feed.pace.note(now_s, records, follower.lag())
            if feed.may_skip and feed.pace.is_hopeless(now_s):
                skipped = follower.skip_to_end()
                feed.pace.skip(skipped)
                SKIPPED.inc(skipped)
                log.warning("feed.skipped", topic=feed.topic, records=skipped)


def _back(feed: Feed) -> int:
    return int(time.time() * 1000) - feed.back_ms
