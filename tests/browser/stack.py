"""Everything at once, as a user starts it, with a small simulated fleet of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

READY_WITHIN_S = 150.0


class Stack:
    """`stream-app up` in a data directory; `url` is the page."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self._settings = settings
        self._data_dir = data_dir
        self.truth_file = data_dir / "truth.jsonl"
        self._log = data_dir.parent / "up.log"
        with self._log.open("wb") as log:
            self._up = self._start("up", "--json", "--data-dir", str(data_dir), stdout=subprocess.PIPE, stderr=log)
        self._fleet: subprocess.Popen[bytes] | None = None
        assert self._up.stdout is not None
        first = self._up.stdout.readline()
        assert first, self._log.read_text()[-3000:]
        self.ready: dict[str, Any] = json.loads(first)
        self.url: str = self.ready["web"]

    def simulate(self, sensors: int, rate_hz: float, scenario: str, microphones: int = 0) -> None:
        """Let a fleet publish, which the detectors have learned from when it begins."""
        fleet = ("simulate", "--sensors", str(sensors), "--rate", str(rate_hz), "--scenario", scenario, "--seed", "3")
        self._fleet = self._start(
            *fleet, "--microphones", str(microphones), "--history", "800", "--truth", str(self.truth_file),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def simulate_sound(self, microphones: int, seconds: int) -> None:
        """Publish the sound of the seconds that have just passed, with a fault in it, at once."""
        fast = ("simulate", "--sensors", "1", "--rate", "1", "--fast", "--duration", str(seconds), "--seed", "3")
        run = self._start(
            *fast, "--scenario", "spike", "--microphones", str(microphones), "--truth", str(self.truth_file),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert run.wait(60) == 0

    def faults(self) -> list[dict[str, str]]:
        """Return the faults injected so far."""
        lines = self.truth_file.read_text().splitlines() if self.truth_file.exists() else []
        return [json.loads(line) for line in lines]

    def interrupt(self) -> tuple[int, float]:
        """Press Ctrl-C; return the exit code and the seconds that it took."""
        self._end_fleet()
        began = time.monotonic()
        self._up.send_signal(signal.SIGINT)
        return self._up.wait(30), time.monotonic() - began

    def _start(self, *arguments: str, **streams: Any) -> subprocess.Popen[bytes]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("STREAM_APP_")}
        ports = {"STREAM_APP_WORKER__PORT": "0", "STREAM_APP_WEB__PORT": "0"}
        where = {"STREAM_APP_DATA_DIR": str(self._data_dir), "STREAM_APP_KAFKA__PARTITIONS": "2"}
        command = [sys.executable, "-m", "stream_app", *arguments]
        env |= ports | where | self._settings
        return subprocess.Popen(command, env=env, start_new_session=True, **streams)

    def _end_fleet(self) -> None:
        if self._fleet is not None and self._fleet.poll() is None:
            self._fleet.kill()
            self._fleet.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_fleet()
        if self._up.poll() is None:
            self._up.send_signal(signal.SIGINT)
            try:
                self._up.wait(10)
            except subprocess.TimeoutExpired:
                self._up.kill()
                self._up.wait()
        assert self._up.stdout is not None
        self._up.stdout.close()
