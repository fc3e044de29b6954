"""The workers of a chaos run: started by name, watched through their logs, killed and started again."""

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.child import Child
from connectors.embedded_kafka.serving import free_port

STOP_GRACE_S = 15.0
_LOOK_EVERY_S = 0.001
WORKER = (sys.executable, "-m", "stream_app", "worker", "monitor", "--name")


class Workers:
    """Real worker processes; a name is a static member of the consumer group."""

    def __init__(self, folder: Path, env: Mapping[str, str], argv: tuple[str, ...] = WORKER) -> None:
        self._folder, self._env, self._argv = folder, env, argv
        self._running: dict[str, Child] = {}
        self.unexpected_exits: list[str] = []

    @property
    def running(self) -> list[str]:
        """Names of the workers that run, sorted."""
        return sorted(name for name, worker in self._running.items() if worker.running)

    def start(self, name: str) -> None:
        """Start the worker `name`."""
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        env = {
            **self._env,
            "STREAM_APP_DATA_DIR": str(folder),
            "STREAM_APP_WORKER__PORT": str(free_port()),
            "STREAM_APP_LOG_LEVEL": "debug",
            "STREAM_APP_LOG_FORMAT": "json",
        }
        self._running[name] = Child([*self._argv, name], self._folder / f"{name}.log", env)

    def kill(self, name: str) -> None:
        """Kill the worker (SIGKILL) where it still runs."""
        worker = self._running.pop(name)
        if worker.running:
            worker.kill()
        else:
            self._note_exit(name, worker)

    def replace(self, name: str) -> None:
        """Stop the worker in the ordinary way (SIGTERM) and start it again."""
        self._running.pop(name).stop(STOP_GRACE_S)
        self.start(name)

    def remove(self, name: str) -> None:
        """Stop the worker in the ordinary way for good, where it still runs."""
        if name in self._running:
            self._running.pop(name).stop(STOP_GRACE_S)

    def restart_dead(self) -> None:
        """Start again what ended by itself, as a supervisor would, and note that it did."""
        for name, worker in list(self._running.items()):
            if not worker.running:
                self._note_exit(name, worker)
                self.start(name)

    def stop(self) -> None:
        """End all workers in the ordinary way."""
        for worker in self._running.values():
            worker.stop(STOP_GRACE_S)
        self._running.clear()

    def wait_for(self, name: str, marker: bytes, timeout_s: float, begin: Callable[[], None] = lambda: None) -> bool:
        """Call `begin`, then wait until `marker` comes up in the log of `name`; False after `timeout_s`."""
        log = self._folder / f"{name}.log"
        at = log.stat().st_size if log.exists() else 0
        begin()
        deadline = time.monotonic() + timeout_s
        with log.open("rb") as file:
            file.seek(at)
            tail = b""
            while time.monotonic() < deadline:
                fresh = file.read()
                if marker in tail + fresh:
                    return True
                tail = (tail + fresh)[-len(marker) :]
                time.sleep(_LOOK_EVERY_S)
        return False

    def _note_exit(self, name: str, worker: Child) -> None:
        self.unexpected_exits.append(f"{name} ended with {worker.process.returncode}: {worker.log_tail(1)}")
