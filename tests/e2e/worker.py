"""A real worker process against a real broker, for end-to-end tests."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

READY_WITHIN_S = 90.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Worker:
    """`stream-app worker` as a child process; `log` collects its JSON log lines."""

    def __init__(self, brokers: str, folder: Path, name: str = "a", role: str = "monitor", **settings: str) -> None:
        self.port = free_port()
        self.log = folder / f"worker-{name}.log"
        env = {key: value for key, value in os.environ.items() if not key.startswith("STREAM_APP_")}
        env |= {
            "STREAM_APP_BROKERS": brokers,
            "STREAM_APP_DATA_DIR": str(folder / "data"),
            "STREAM_APP_LOG_FORMAT": "json",
            "STREAM_APP_LOG_LEVEL": "debug",
            "STREAM_APP_WORKER__PORT": str(self.port),
            **settings,
        }
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).with_name("stream-app")), "worker", role, "--name", name],
                env=env, stdout=sink, stderr=sink,
            )  # fmt: skip

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
            body = response.read()
        return json.loads(body) if body[:1] in b"{[" else body.decode()

    def wait_ready(self) -> "Worker":
        end = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            try:
                if self.get("/readyz")["ready"]:
                    return self
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                pass
            time.sleep(0.1)
        raise AssertionError(f"not ready: {self.log.read_text()[-3000:]}")

    def metric(self, name: str) -> float:
        """Sum of a metric over its labels."""
        lines = [line for line in self.get("/metrics").splitlines() if line.startswith((name + "{", name + " "))]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    def wait_metric(self, name: str, at_least: float, within_s: float = 30.0) -> None:
        end = time.monotonic() + within_s
        while (value := self.metric(name)) < at_least:
            assert time.monotonic() < end, (name, value, at_least, self.log.read_text()[-3000:])
            time.sleep(0.1)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
