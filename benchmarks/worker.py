"""A worker as it is shipped, as a child process of a benchmark."""

import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.child import Child
from connectors.embedded_kafka.serving import free_port
from schemas.errors import UnavailableError

READY_WITHIN_S = 120.0
_LOOK_EVERY_S = 0.02
_ANSWER_WITHIN_S = 5.0


class BenchWorker:
    """Runs `worker monitor` on `brokers` with the defaults and `settings`, under a steady name; logs go to `folder`."""

    def __init__(self, brokers: str, folder: Path, **settings: str) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        env = {
            "STREAM_APP_BROKERS": brokers,
            "STREAM_APP_DATA_DIR": str(folder / "worker"),
            "STREAM_APP_KAFKA__GROUP": "bench",
            "STREAM_APP_WORKER__PORT": str(port),
            "STREAM_APP_LOG_LEVEL": "warning",
            **settings,
        }
        argv = [sys.executable, "-m", "stream_app", "worker", "monitor", "--name", "bench"]
        self.child = Child(argv, folder / "worker.log", env)

    def get(self, path: str) -> str:
        """Return what the worker answers; raises OSError where it does not."""
        with urllib.request.urlopen(self.url + path, timeout=_ANSWER_WITHIN_S) as answer:  # noqa: S310 - our own worker
            return str(answer.read(), "utf-8")

    def json(self, path: str) -> Any:
        """Return what the worker answers, as JSON."""
        return json.loads(self.get(path))

    def wait_ready(self) -> None:
        """Wait until state is recovered and readings flow; raises UnavailableError where that never comes."""
        end = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < end and self.child.running:
            try:
                self.get("/readyz")
            except (urllib.error.URLError, OSError):
                time.sleep(_LOOK_EVERY_S)
            else:
                return
        raise UnavailableError(f"the worker was never ready; its last words: {self.child.log_tail(5)}")

    def wait_applied(self, units: float, within_s: float) -> None:
        """Wait until so many units were applied since the start; raises UnavailableError where they are not."""
        end = time.monotonic() + within_s
        applied = 0.0
        while time.monotonic() < end and self.child.running:
            lines = [line for line in self.get("/metrics").splitlines() if line.startswith("pdm_readings_total")]
            applied = sum(float(line.rsplit(" ", 1)[1]) for line in lines)
            if applied >= units:
                return
            time.sleep(_LOOK_EVERY_S)
        raise UnavailableError(
            f"the worker applied {applied:,.0f} of {units:,.0f} readings; its last words: {self.child.log_tail(5)}"
        )
