"""Starting, watching and killing workers, with a stand-in for the real one."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.chaos.campaign import Campaign
from benchmarks.chaos.plan import Kill
from benchmarks.chaos.workers import Workers

STAND_IN = """
import os, sys, time
print(sys.argv[1], 'starts with', os.environ['STREAM_APP_BROKERS'], os.environ['STREAM_APP_WORKER__PORT'], flush=True)
if os.path.exists(os.path.join(os.environ['STREAM_APP_DATA_DIR'], 'die')): sys.exit(70)
print('recovery.begin', flush=True); print('worker.ready', flush=True)
while True:
    time.sleep(0.05); print('checkpoint.begin', flush=True)
"""


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    started = Workers(tmp_path, {"STREAM_APP_BROKERS": "here:1"}, (sys.executable, "-c", STAND_IN))
    yield started
    started.stop()


def log_of(folder: Path, name: str) -> str:
    return (folder / f"{name}.log").read_text()


def test_a_worker_is_started_with_its_settings_and_its_log_watched(workers: Workers, tmp_path: Path) -> None:
    assert workers.wait_for("a", b"checkpoint.begin", 20, lambda: workers.start("a"))
    assert "a starts with here:1" in log_of(tmp_path, "a")
    assert not workers.wait_for("a", b"never said", 0.2)


def test_only_what_is_said_after_the_beginning_counts(workers: Workers) -> None:
    assert workers.wait_for("a", b"recovery.begin", 20, lambda: workers.start("a"))
    assert not workers.wait_for("a", b"recovery.begin", 0.3)
    assert workers.wait_for("a", b"recovery.begin", 20, lambda: workers.replace("a"))


def test_a_worker_that_ends_by_itself_is_noted_and_started_again(workers: Workers, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "die").touch()
    workers.start("a")
    deadline = time.monotonic() + 20
    while not workers.unexpected_exits and time.monotonic() < deadline:
        workers.restart_dead()
        time.sleep(0.02)
    assert workers.unexpected_exits[0].startswith("a ended with 70")


def test_a_killed_worker_is_no_unexpected_exit(workers: Workers) -> None:
    workers.start("a")
    workers.kill("a")
    workers.restart_dead()
    assert workers.unexpected_exits == []


def test_a_campaign_kills_at_the_moments_and_leaves_both_running(
    workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.chaos.campaign.MARKER_TIMEOUT_S", 2.0)
    said: list[str] = []
    campaign = Campaign(workers, said.append)
    kills = [
        Kill("a", "checkpoint", 0.0, 0.0, 0.0),
        Kill("b", "recovery", 0.0, 0.0, 0.0),
        Kill("a", "start", 0.0, 0.1, 0.0),
        Kill("b", "rebalance", 0.0, 0.0, 0.0),
        Kill("a", "any", 0.0, 0.0, 0.0),
    ]
    campaign.run(kills)
    assert campaign.by_moment == {"checkpoint": 1, "recovery": 1, "start": 1, "missed": 1, "any": 1}
    assert len(said) == 5
    assert workers.running == ["a", "b"]
    assert "guest-1 starts" in log_of(tmp_path, "guest-1")
    assert workers.unexpected_exits == []
