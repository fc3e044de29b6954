"""A measured program in a process of its own that never outlives the benchmark."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import psutil

from benchmarks.machine import ROOT
from connectors.embedded_kafka.leash import leashed

_SETTINGS_PREFIX = "STREAM_APP_"


class Child:
    """Runs `argv` with `env` on top of this environment; its stderr goes to `log`, its stdout too unless it is piped.

    Settings of the caller (STREAM_APP_…) are not passed on: a benchmark runs with the defaults and with what it sets.
    """

    def __init__(
        self, argv: Sequence[str], log: Path, env: Mapping[str, str] | None = None, *, pipe_stdout: bool = False
    ) -> None:
        self.log = log
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                leashed(list(argv)),
                cwd=ROOT,
                env={**_surroundings(), **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipe_stdout else file,
                stderr=file,
                text=True,
            )
        self._usage = psutil.Process(self.process.pid)

    @property
    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return self.process.poll() is None

    def cpu_s(self) -> float:
        """Return the processor seconds that the process and its children have spent, all threads."""
        family = [self._usage, *self._usage.children(recursive=True)]
        return sum(sum(one.cpu_times()[:2]) for one in family)

    def log_tail(self, lines: int = 20) -> str:
        """Return the last lines that the process wrote."""
        return "\n".join(self.log.read_text("utf-8", errors="replace").splitlines()[-lines:])

    def kill(self) -> None:
        """Kill the process at once (SIGKILL) and wait until it is gone."""
        self.process.kill()
        self.process.wait()

    def stop(self, grace_s: float = 10.0) -> int:
        """Ask the process to end (SIGTERM), kill it after `grace_s`; return its exit code."""
        if self.running:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(grace_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        if self.process.stdout is not None:
            self.process.stdout.close()


def _surroundings() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith(_SETTINGS_PREFIX)}
    return {**inherited, "PYTHONUNBUFFERED": "1"}
