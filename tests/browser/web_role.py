"""Role `web` as a process of its own, in a data directory."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import httpx

from stream_app.worker_children import free_port_from

READY_WITHIN_S = 90.0


class WebRole:
    """`stream-app worker web` at `url`; settings are given without their prefix."""

    def __init__(self, brokers: str, data_dir: Path, **settings: str) -> None:
        port = free_port_from("127.0.0.1", 0)
        told = {"BROKERS": brokers, "DATA_DIR": str(data_dir), "WEB__PORT": str(port), "WORKER__PORT": "1", **settings}
        env = {name: value for name, value in os.environ.items() if not name.startswith("STREAM_APP_")}
        env |= {f"STREAM_APP_{name}": value for name, value in told.items()}
        self.log = data_dir.parent / "web.log"
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "stream_app", "worker", "web"]
            self._process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        self.url = f"http://127.0.0.1:{port}"

    def __enter__(self) -> Self:
        end = time.monotonic() + READY_WITHIN_S
        while not self._is_ready():
            assert self._process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < end, self.log.read_text()[-3000:]
            time.sleep(0.1)
        return self

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
