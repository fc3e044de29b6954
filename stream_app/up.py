"""Everything at once: the embedded Kafka where none is configured, topics, roles, and an end in order."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from typing import Any

from schemas.errors import UnavailableError, UsageError
from stream_app.embedded import embedded_kafka
from stream_app.kafka_keeper import KafkaKeeper
from stream_app.logs import get_logger
from stream_app.running import leave_note, read_note, remove_note
from stream_app.settings import Settings
from stream_app.supervisor import Supervisor
from stream_app.worker_children import WorkerChild, web_child, worker_children
from stream_app.worker_scrape import readiness

log = get_logger(__name__)

READY_WITHIN_S = 180.0
_POLL_S = 0.2
_REACHABLE_WITHIN_S = 30.0
# Ctrl-C: all is gone within 3 s, and what was cut short is recovered at the next start.
_GRACE_S = {signal.SIGINT: 1.4, signal.SIGTERM: 8.0}
# The broker ends last, with what is left of this time, but never without half a second.
_ALL_WITHIN_S = {signal.SIGINT: 2.0, signal.SIGTERM: 18.0}
_BROKER_LEAST_S = 0.5

Body = Callable[["Up"], Awaitable[None]]


class Up:
    """One run of `up`; `say(name, line)` gets the lines of the children that `make_workers`, `make_web` describe."""

    def __init__(
        self,
        settings: Settings,
        workers: int,
        say: Callable[[str, str], None],
        make_workers: Callable[[Settings, str, int], list[WorkerChild]] = worker_children,
        make_web: Callable[[Settings, str], WorkerChild | None] = web_child,
    ) -> None:
        self.settings = settings
        self.supervisor = Supervisor(say)
        self.brokers = ""
        self.workers: list[WorkerChild] = []
        self.web: WorkerChild | None = None
        self._count = workers
        self._make_workers, self._make_web = make_workers, make_web
        self._kafka: KafkaKeeper | None = None
        self._ended_by = signal.SIGTERM
        self._ending_since_s = time.monotonic()

    def run(self, body: Body) -> int:
        """Start all, await `body` once the workers are ready, end all; return the exit code."""
        self._refuse_a_second()
        with ExitStack() as stack:
            if self.settings.brokers is not None:
                self.brokers = self.settings.brokers
                self._create_topics()
            else:
                self._kafka = self._embedded_kafka()
                stack.callback(self._stop_kafka, self._kafka)
            self.workers = self._make_workers(self.settings, self.brokers, self._count)
            self.web = self._make_web(self.settings, self.brokers)
            urls = tuple(worker.url for worker in self.workers)
            leave_note(self.settings.data_dir, self.brokers, urls, self.web.url if self.web else None)
            stack.callback(remove_note, self.settings.data_dir)
            return asyncio.run(self._serve(body))

    @property
    def _children(self) -> list[WorkerChild]:
        return self.workers if self.web is None else [*self.workers, self.web]

    def _refuse_a_second(self) -> None:
        note = read_note(self.settings.data_dir)
        if note is not None:
            raise UsageError(
                f"Data directory {self.settings.data_dir} is in use by process {note.pid}, which runs Kafka at"
                f" {note.brokers}; stop that process or choose another --data-dir."
            )

    def _embedded_kafka(self) -> KafkaKeeper:
        from connectors.embedded_kafka.serving import free_port

        # One port for the life of this process: a broker that is started again must be found by those who knew it.
        port = free_port()
        self.brokers = f"127.0.0.1:{port}"
        return KafkaKeeper(embedded_kafka(self.settings, port))

    def _stop_kafka(self, kafka: KafkaKeeper) -> None:
        left_s = _ALL_WITHIN_S[self._ended_by] - (time.monotonic() - self._ending_since_s)
        kafka.stop(max(left_s, _BROKER_LEAST_S))

    def _create_topics(self) -> None:
        from connectors.kafka.admin import create_topics, wait_until_reachable

        connection = self.settings.kafka_connection(self.brokers)
        wait_until_reachable(connection, _REACHABLE_WITHIN_S)
        kafka = self.settings.kafka
        created = create_topics(connection, kafka.partitions, kafka.replication_factor)
        log.info("topics.ready", brokers=self.brokers, created=len(created))

    async def _serve(self, body: Body) -> int:
        signalled = asyncio.Event()

        def on_signal(number: signal.Signals) -> None:
            if not signalled.is_set():
                self._ended_by = number
                signalled.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, on_signal, number)
        for child in self._children:
            self.supervisor.keep(child.spec)
        ends: list[Coroutine[Any, Any, Any]] = [
            signalled.wait(),
            self._until_done(body),
            self.supervisor.failed(),
        ]
        tasks = [asyncio.create_task(one) for one in ends]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            return 130 if self._ended_by is signal.SIGINT else 0
        finally:
            self._ending_since_s = time.monotonic()
            for task in tasks:
                task.cancel()
            log.info("stopping", by=self._ended_by.name if signalled.is_set() else "duration")
            await self.supervisor.stop(_GRACE_S[self._ended_by])

    async def _until_done(self, body: Body) -> None:
        if self._kafka is not None:
            # The workers load and compile meanwhile.
            await self._kafka.start()
            await asyncio.to_thread(self._create_topics)
        tasks = [asyncio.create_task(self._once_ready(body))]
        if self._kafka is not None:
            tasks.append(asyncio.create_task(self._kafka.keep()))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()

    async def _once_ready(self, body: Body) -> None:
        await self._until_ready()
        await body(self)

    async def _until_ready(self) -> None:
        waiting = [child.url for child in self._children]
        for _ in range(int(READY_WITHIN_S / _POLL_S)):
            answers = await asyncio.gather(*(asyncio.to_thread(readiness, url) for url in waiting))
            waiting = [url for url, answer in zip(waiting, answers, strict=True) if not answer.ready]
            if not waiting:
                return
            await asyncio.sleep(_POLL_S)
        raise UnavailableError(
            f"Worker {waiting[0]} was not ready within {READY_WITHIN_S:.0f} s; see its lines above,"
            " or give more time to a machine that is busy."
        )
