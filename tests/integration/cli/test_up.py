"""`up` brings everything up, brings back what dies, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from connectors.kafka.admin import list_topics
from connectors.kafka.connection import KafkaConnection
from schemas.topics import TOPICS
from stream_app.running import read_note
from stream_app.worker_scrape import readiness


class Running:
    """A started `up` and the lines that it said."""

    def __init__(self, data_dir: Path, *more: str) -> None:
        command = [sys.executable, "-m", "tests.integration.cli.fake_up", str(data_dir), *more]
        env = {name: value for name, value in os.environ.items() if not name.startswith("STREAM_APP_")}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, start_new_session=True
        )
        _, self.worker_pid, brokers = self.until("worker ")
        _, self.brokers, self.url = self.until("ready ")
        assert brokers == self.brokers
        self.family = psutil.Process(self.process.pid).children(recursive=True)

    def until(self, beginning: str) -> list[str]:
        """Return the words of the next line with that beginning."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(beginning):
                return line.split()
        assert self.process.stderr is not None
        raise AssertionError(self.process.stderr.read())

    def end(self, number: int) -> tuple[int, float]:
        """Send a signal; return exit code and the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(20), time.monotonic() - began

    def nothing_left(self, within_s: float = 3.0) -> bool:
        """Tell whether all processes that it started are gone."""
        _, alive = psutil.wait_procs(self.family, timeout=within_s)
        return not alive


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start `up` in a data directory of this test's own."""
    started: list[Running] = []

    def begin(*more: str) -> Running:
        started.append(Running(tmp_path / "data", *more))
        return started[-1]

    yield begin
    for one in started:
        one.process.kill()
        one.process.communicate()


def test_all_at_once_until_ctrl_c(start: Callable[..., Running], tmp_path: Path) -> None:
    up = start()
    assert len(up.family) == 2, "the broker and the worker"
    assert set(TOPICS) <= set(list_topics(KafkaConnection(up.brokers)))
    note = read_note(tmp_path / "data")
    assert note is not None
    assert (note.brokers, note.workers, note.pid) == (up.brokers, (up.url,), up.process.pid)
    code, seconds = up.end(signal.SIGINT)
    assert code == 130
    assert seconds < 3.0
    assert up.nothing_left(0.5)
    assert read_note(tmp_path / "data") is None


def test_what_is_killed_comes_back(start: Callable[..., Running]) -> None:
    up = start()
    os.kill(int(up.worker_pid), signal.SIGKILL)
    _, second, brokers = up.until("worker ")
    assert second != up.worker_pid
    assert brokers == up.brokers
    (broker,) = [one for one in up.family if one.pid != int(up.worker_pid)]
    broker.kill()
    broker.wait(5)
    topics = list_topics(KafkaConnection(up.brokers), timeout_s=30.0)
    assert set(TOPICS) <= set(topics), "the same place and the same data"
    end = time.monotonic() + 5
    while not readiness(up.url).ready:
        assert time.monotonic() < end
        time.sleep(0.05)
    up.family += psutil.Process(up.process.pid).children(recursive=True)
    up.end(signal.SIGKILL)
    assert up.nothing_left(), "no orphans"


def test_one_at_a_time_in_a_data_directory(start: Callable[..., Running], tmp_path: Path) -> None:
    up = start()
    second = subprocess.run(
        [sys.executable, "-m", "stream_app", "up", "--data-dir", str(tmp_path / "data")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 2
    assert f"is in use by process {up.process.pid}" in second.stderr
    code, _ = up.end(signal.SIGTERM)
    assert code == 0
    assert up.nothing_left(0.5)
