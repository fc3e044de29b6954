"""The embedded Kafka beside a running event loop: started, brought back when it dies, stopped at any moment."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from stream_app.logs import get_logger

if TYPE_CHECKING:
    from connectors.embedded_kafka import EmbeddedKafka

log = get_logger(__name__)

_LOOK_EVERY_S = 0.5
_INTERRUPT_EVERY_S = 0.05


class KafkaKeeper:
    """Runs a broker from one thread of its own: the kernel ends the broker with the thread that started it."""

    def __init__(self, kafka: "EmbeddedKafka") -> None:
        self._kafka = kafka
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kafka")
        self._starting: Future[Any] | None = None

    async def start(self) -> None:
        """Return once the broker serves; raises UnavailableError where it does not."""
        log.info("kafka.starting", data_dir=str(self._kafka.data_dir))
        self._starting = self._thread.submit(self._kafka.start)
        await asyncio.wrap_future(self._starting)
        log.info("kafka.started", brokers=self._kafka.bootstrap, pid=self._kafka.pid)

    async def keep(self) -> None:
        """Start the broker again whenever it dies; raises UnavailableError where that fails."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            if self._kafka.exit_code is not None:
                log.warning("kafka.died", code=self._kafka.exit_code)
                await asyncio.wrap_future(self._thread.submit(self._kafka.stop))
                await self.start()

    def stop(self, grace_s: float) -> None:
        """Stop the broker, also in the middle of its start; by force after `grace_s`."""
        starting = self._starting
        while starting is not None and not starting.done():
            # The start then fails in its own thread, which nobody waits for any more.
            self._kafka.stop(grace_s)
            try:
                starting.exception(_INTERRUPT_EVERY_S)
            except TimeoutError:
                continue
        self._kafka.stop(grace_s)
        self._thread.shutdown()
