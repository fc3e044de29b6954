"""A training as a child process: its own process group, tied to our life, its words in files."""

import asyncio
import contextlib
import os
import signal
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence
from pathlib import Path

from connectors.embedded_kafka.leash import leashed
from schemas.errors import UnavailableError

_TAIL_BYTES = 64_000
_DETAIL_CHARS = 500


class TrainingChild:
    """One attempt: `command` writes its result as the last line of stdout, into `folder`/stdout."""

    def __init__(self, command: Sequence[str], folder: Path, env: Mapping[str, str], timeout_s: float) -> None:
        self._command, self.folder, self._env, self._timeout_s = command, folder, env, timeout_s
        self._process: Process | None = None
        self._began_s = time.monotonic()
        self.timed_out = False

    async def start(self) -> None:
        """Start the process; call from the main thread, to whose life it is tied.

        Raises UnavailableError where there is no room for it: on the disk, or among the processes.
        """
        self._began_s = time.monotonic()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "stdout").open("wb") as stdout, (self.folder / "stderr").open("wb") as stderr:
                self._process = await asyncio.create_subprocess_exec(
                    *leashed(list(self._command)),
                    stdin=DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    env={**os.environ, **self._env},
                    start_new_session=True,
                )
        except OSError as error:
            raise UnavailableError(
                f"No child process can begin in {self.folder} ({error}); make room there, or correct the command."
            ) from None

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return round(time.monotonic() - self._began_s, 3)

    async def wait(self) -> int | None:
        """Return the exit code, None where it was killed; kills the group when its time is up."""
        assert self._process is not None
        try:
            code = await asyncio.wait_for(self._process.wait(), self._timeout_s)
        except TimeoutError:
            self.timed_out = True
            self.kill()
            await self._process.wait()
            return None
        # What it had started must not outlive it.
        self.kill()
        return code if code >= 0 else None

    def kill(self) -> None:
        """Kill the process and all that it started; one that has gone is no error."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    @property
    def detail(self) -> str:
        """The last words of its stderr, for people."""
        lines = _tail(self.folder / "stderr").strip().splitlines()
        return lines[-1][-_DETAIL_CHARS:] if lines else ""


def result_line(folder: Path) -> str | None:
    """Return the last line that a training wrote to stdout, None where it wrote none to its end."""
    text = _tail(folder / "stdout")
    lines = text.splitlines()
    return lines[-1] if lines and text.endswith("\n") else None


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - _TAIL_BYTES, 0))
            return file.read(_TAIL_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
