"""How challengers do beside champions, read as the gate reads it, while somebody looks."""

import threading
import time

from agents.promotion_desk import Standing
from agents.promotion_feed import PromotionFeed
from connectors.kafka.connection import KafkaConnection
from models.promotion.gate import Bounds
from schemas.errors import UnavailableError
from stream_app.logs import get_logger

log = get_logger(__name__)

_LOOKED_AT_S = 60.0
_STEP_S = 0.5
_RETRY_S = 2.0


class ShadowWatch:
    """`standings` are half a second old at most; `behind` counts what is still to be read, None while nobody looks."""

    def __init__(self, connection: KafkaConnection, bounds: Bounds) -> None:
        self._connection, self._bounds = connection, bounds
        self._looked_until_s = float("-inf")
        self._wanted, self._stop = threading.Event(), threading.Event()
        self.standings: list[Standing] = []
        self.behind: int | None = None

    def look_at(self) -> None:
        """Read on for the next minute."""
        self._looked_until_s = time.monotonic() + _LOOKED_AT_S
        self._wanted.set()

    def start(self) -> None:
        """Begin to wait for somebody to look, in a thread that ends with the process at the latest."""
        threading.Thread(target=self._keep, name="shadow watch", daemon=True).start()

    def stop(self) -> None:
        """Read no more."""
        self._stop.set()
        self._wanted.set()

    @property
    def _is_looked_at(self) -> bool:
        return time.monotonic() < self._looked_until_s and not self._stop.is_set()

    def _keep(self) -> None:
        while not self._stop.is_set():
            self._wanted.wait()
            self._wanted.clear()
            while self._is_looked_at:
                try:
                    self._follow()
                except UnavailableError as error:
                    log.debug("shadow.waits", reason=str(error))
                    self._stop.wait(_RETRY_S)
            self.standings, self.behind = [], None

    def _follow(self) -> None:
        with PromotionFeed(self._connection, self._bounds) as feed:
            while self._is_looked_at:
                self.behind = feed.advance(_STEP_S)
                self.standings = feed.desk.standings()
