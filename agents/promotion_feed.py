"""Keeps a promotion desk informed from the two topics that it knows everything from, outside of any group."""

import time
from contextlib import ExitStack
from typing import Self

from agents.promotion_desk import PromotionDesk
from connectors.kafka.connection import KafkaConnection
from connectors.kafka.follow import TopicFollower
from models.promotion.gate import Bounds
from schemas.errors import BadDataError
from schemas.model_events import decode_model_event
from schemas.shadow_block import decode_shadow_block
from schemas.topics import MODELS, SHADOW

_SHADOW_BACK_MS = 24 * 3600 * 1000
_READ_S = 0.2


class PromotionFeed:
    """`desk` knows all model events, and what challengers said in the last 24 hours; UnavailableError without Kafka."""

    def __init__(self, connection: KafkaConnection, bounds: Bounds) -> None:
        self.desk = PromotionDesk(bounds)
        with ExitStack() as stack:
            self._events = stack.enter_context(TopicFollower(connection, MODELS, "beginning"))
            self._read_events()
            since_ms = max(time.time_ns() // 1_000_000 - _SHADOW_BACK_MS, 0)
            self._shadow = stack.enter_context(TopicFollower(connection, SHADOW, since_ms))
            self._stack = stack.pop_all()

    def advance(self, within_s: float) -> int:
        """Take in what came, after `within_s` at the latest; return how many blocks are still to be read."""
        self._read_events()
        for *_, value in self._shadow.records(within_s):
            try:
                self.desk.note_shadow(decode_shadow_block(value or b""))
            except BadDataError:
                continue
        return self._shadow.lag()

    def _read_events(self) -> None:
        while records := self._events.records(_READ_S):
            for *_, value in records:
                event = decode_model_event(value or b"")
                if event is not None:
                    self.desk.note_event(event)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
