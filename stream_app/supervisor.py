"""Keeps child processes alive: prefixed lines, restarts with back-off, an end in order."""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import Callable
from dataclasses import dataclass

from schemas.errors import SettingsError, UsageError
from stream_app.children import ChildSpec, lines_of, signal_all, spawn
from stream_app.logs import get_logger

log = get_logger(__name__)

# A child that finds its usage or settings wrong will find them wrong again.
_HOPELESS = (UsageError.exit_code, SettingsError.exit_code)


@dataclass(frozen=True, slots=True)
class BackOff:
    """Wait `first_s` before a restart, twice as long each time up to `longest_s`; `calm_s` of life starts over."""

    first_s: float = 0.5
    longest_s: float = 15.0
    calm_s: float = 30.0


class Supervisor:
    """Children by name; `say(name, line)` gets every line they write."""

    def __init__(self, say: Callable[[str, str], None], back_off: BackOff | None = None) -> None:
        self._say = say
        self._back_off = back_off or BackOff()
        self._running: dict[str, Process] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._stopping = False

    @property
    def pids(self) -> dict[str, int]:
        """Process ids of the children that live."""
        return {name: process.pid for name, process in self._running.items()}

    def keep(self, spec: ChildSpec) -> None:
        """Start a child and start it again whenever it dies."""
        self._keepers.append(asyncio.create_task(self._keep(spec), name=spec.name))

    async def failed(self) -> None:
        """Return never, or raise what made a child hopeless: SettingsError, or a defect of ours."""
        # A keeper that returns has seen its child's work done; wait for the others, and for those still to come.
        while True:
            waiting = [keeper for keeper in self._keepers if not keeper.done()]
            for keeper in self._keepers:
                if keeper.done():
                    keeper.result()
            if waiting:
                await asyncio.wait(waiting, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
            else:
                await asyncio.sleep(1.0)

    async def stop(self, grace_s: float) -> None:
        """End every child by SIGTERM, and by SIGKILL what lives `grace_s` later; returns when all are gone."""
        self._stopping = True
        for process in self._running.values():
            signal_all(process, signal.SIGTERM)
        for keeper in self._keepers:
            if keeper.get_name() not in self._running:
                keeper.cancel()
        if self._keepers:
            await asyncio.wait(self._keepers, timeout=grace_s)
        for name, process in self._running.items():
            log.warning("child.killed", name=name, pid=process.pid, grace_s=grace_s)
            signal_all(process, signal.SIGKILL)
        if self._keepers:
            await asyncio.wait(self._keepers)

    async def _keep(self, spec: ChildSpec) -> None:
        delay_s = self._back_off.first_s
        while not self._stopping:
            started = asyncio.get_running_loop().time()
            code = await self._run(spec)
            lived_s = asyncio.get_running_loop().time() - started
            if self._stopping or (spec.ends and code == 0):
                return
            if code in _HOPELESS:
                raise SettingsError(f"Child {spec.name} refused its settings or usage (see its lines); correct them.")
            if lived_s > self._back_off.calm_s:
                delay_s = self._back_off.first_s
            log.warning("child.died", name=spec.name, code=code, lived_s=round(lived_s, 1), restart_in_s=delay_s)
            await asyncio.sleep(delay_s)
            delay_s = min(2 * delay_s, self._back_off.longest_s)

    async def _run(self, spec: ChildSpec) -> int:
        process = await spawn(spec)
        self._running[spec.name] = process
        if self._stopping:
            signal_all(process, signal.SIGTERM)
        log.info("child.started", name=spec.name, pid=process.pid)
        try:
            async for line in lines_of(process):
                self._say(spec.name, line)
            return await process.wait()
        finally:
            del self._running[spec.name]
            # What a crashed child had started goes with it.
            signal_all(process, signal.SIGKILL)
