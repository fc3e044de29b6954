"""The retraining agent on a real broker, with real child processes: floods, kills, full disks, wrong clocks."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from connectors.embedded_kafka.broker import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from schemas.times import format_time
from schemas.topics import DRIFT, RETRAINING
from tests.e2e.readings import events, publish
from tests.e2e.worker import Worker

SCRIPT = str(Path(__file__).with_name("training_script.py"))
WITHIN_S = 90.0


@pytest.fixture
def brokers(tmp_path: Path) -> Iterator[str]:
    with EmbeddedKafka(tmp_path / "kafka") as kafka:
        create_topics(KafkaConnection(kafka.bootstrap), partitions=4, replication_factor=1)
        yield kafka.bootstrap


def drift(sensor_type: str, number: int = 0, ahead_s: float = 0.0) -> tuple[str, bytes]:
    """A drift event of the fleet, an hour old change, `ahead_s` ahead of the clock."""
    now_us = time.time_ns() // 1000 + round(ahead_s * 1e6)
    model = f"pdm.readings.{sensor_type}"
    event = {
        "id": f"{sensor_type}-{number}", "type": "DriftDetected", "model": model, "lane": "readings",
        "sensor_type": sensor_type, "cause": "fleet_shift", "ts": format_time(now_us),
        "changed_at": format_time(now_us - 3_600_000_000), "assets": ["a"], "sensors": ["a/x"], "assets_watched": 9,
        "rows": 5_000, "features": [], "joint": None, "noticed_at": {}, "evidence": [], "suggested_action": "retrain",
        "source": {"topic": "t", "partition": 0, "first_offset": 0, "last_offset": 0},
    }  # fmt: skip
    return model, json.dumps(event).encode()


def told(brokers: str, done: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    """The retraining events, once `done`."""
    until = time.monotonic() + WITHIN_S
    while not done(found := events(brokers, RETRAINING)):
        assert time.monotonic() < until, Counter((event["model"], event["type"]) for event in found)
        time.sleep(0.3)
    return found


def of(found: list[dict[str, Any]], sensor_type: str) -> list[str]:
    """What was told of a type, refusals left out, in order."""
    mine = [event for event in found if event["model"] == f"pdm.readings.{sensor_type}"]
    return [event["type"].removeprefix("Retraining") for event in mine if event["type"] != "RetrainingRefused"]


def refusals(found: list[dict[str, Any]]) -> int:
    """How many wishes were refused."""
    return sum(event["type"] == "RetrainingRefused" for event in found)


def runs(calls: Path, sensor_type: str) -> bool:
    """Whether the child of the first attempt is there: some hang then. It begins well after that it does is told."""
    return calls.exists() and f'"{sensor_type}"' in calls.read_text()


def full_disk(trainings: Path) -> None:
    """The first training of `full` finds no room for its words, that of `unwritable` none for its folder."""
    words = trainings / "full-0" / "1" / "stdout"
    words.parent.mkdir(parents=True)
    words.symlink_to("/dev/full")
    (trainings / "unwritable-0").mkdir()
    (trainings / "unwritable-0" / "1").write_text("in the way")


def test_every_way_that_a_training_can_go(brokers: str, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    settings = {
        "CALLS": str(calls),
        "STREAM_APP_KAFKA__PARTITIONS": "4",
        "STREAM_APP_KAFKA__SESSION_TIMEOUT_S": "6",
        "STREAM_APP_RETRAINING__COMMAND": json.dumps([sys.executable, SCRIPT]),
        "STREAM_APP_RETRAINING__AT_ONCE": "2",
        "STREAM_APP_RETRAINING__RETRY_S": "0.5",
        "STREAM_APP_RETRAINING__ATTEMPTS": "2",
        "STREAM_APP_RETRAINING__TIMEOUT_S": "20",
    }
    with Worker(brokers, tmp_path, role="learn", **settings) as worker:
        worker.wait_ready()
        flood = [drift(sensor_type, number) for number in range(500) for sensor_type in ("one", "two")]
        publish(brokers, DRIFT, [drift("killed"), *flood])
        told(brokers, lambda found: all(of(found, each)[-1:] == ["Succeeded"] for each in ("one", "two")))
        told(brokers, lambda found: of(found, "killed") == ["Requested", "Started"] and runs(calls, "killed"))
        (child,) = psutil.Process(worker.process.pid).children()
        worker.kill()
    psutil.wait_procs([child], timeout=5)
    assert not child.is_running(), "the child outlived its worker"

    with Worker(brokers, tmp_path, role="learn", **settings | {"STREAM_APP_RETRAINING__TIMEOUT_S": "6"}) as worker:
        worker.wait_ready()
        full_disk(tmp_path / "data" / "trainings")
        kinds = ("crashing", "murdered", "without_data", "registry_away", "hanging", "full", "unwritable")
        publish(brokers, DRIFT, [*(drift(each) for each in kinds), drift("ahead", ahead_s=86_400.0), drift("one", 501)])
        ends = {
            "killed": ["Requested", "Started", "Started", "Succeeded"],
            "crashing": ["Requested", "Started", "Failed", "Started", "Failed"],
            "murdered": ["Requested", "Started", "Failed", "Started", "Succeeded"],
            "without_data": ["Requested", "Started", "Failed"],
            "full": ["Requested", "Started", "Failed", "Started", "Succeeded"],
            "unwritable": ["Requested", "Started", "Failed", "Started", "Succeeded"],
            "registry_away": ["Requested", "Started", "Failed", "Started", "Succeeded"],
            "hanging": ["Requested", "Started", "TimedOut"],
            "one": ["Requested", "Started", "Succeeded"],
            "two": ["Requested", "Started", "Succeeded"],
            "ahead": [],
        }
        # Of the flood all but two, of the second step one more, and the clock that is wrong.
        found = told(
            brokers,
            lambda found: all(of(found, each) == events for each, events in ends.items()) and refusals(found) >= 1000,
        )
        assert not psutil.Process(worker.process.pid).children()
        assert worker.stop() == 0, worker.log.read_text()[-3000:]

    assert len({event["id"] for event in found}) == len(found)
    reasons = Counter(event["reason"] for event in found if event["type"] == "RetrainingRefused")
    assert reasons["clock_skew"] == 1
    assert reasons["already_requested"] + reasons["cooldown"] == 999
    failed = {event["model"].rsplit(".")[-1]: event for event in found if event["type"] == "RetrainingFailed"}
    assert {name: event["reason"] for name, event in failed.items()} == {
        "crashing": "crash", "murdered": "interrupted", "without_data": "bad_data", "registry_away": "unavailable",
        "full": "crash", "unwritable": "unavailable",
    }  # fmt: skip
    assert "No space left" in failed["full"]["detail"]
    assert "make room" in failed["unwritable"]["detail"]
    assert "out of ideas" in failed["crashing"]["detail"]
    assert failed["crashing"]["retry_at"] is None
    assert failed["registry_away"]["retry_at"] is not None
    (success,) = [event for event in found if event["type"] == "RetrainingSucceeded" and event["model"].endswith("one")]
    assert (success["version"], success["algorithm"], success["attempt"]) == ("7", "isolation_forest", 1)
    begun = Counter(json.loads(line)["--sensor-type"] for line in calls.read_text().splitlines())
    assert begun == {
        "one": 1,
        "two": 1,
        "killed": 2,
        "crashing": 2,
        "murdered": 2,
        "without_data": 1,
        "registry_away": 2,
        "hanging": 1,
        "full": 2,
        "unwritable": 1,
    }


def started_by(found: list[dict[str, Any]], sensor_type: str) -> list[str]:
    """The workers that began a training of the type."""
    return [
        event["worker"]
        for event in found
        if event["type"] == "RetrainingStarted" and event["model"].endswith(f".{sensor_type}")
    ]


def test_two_workers_train_each_model_once_through_a_kill_and_rebalances(brokers: str, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    settings = {
        "CALLS": str(calls),
        "STREAM_APP_KAFKA__PARTITIONS": "4",
        "STREAM_APP_KAFKA__SESSION_TIMEOUT_S": "6",
        "STREAM_APP_RETRAINING__COMMAND": json.dumps([sys.executable, SCRIPT]),
    }
    waiting = ("one", "two", "three", "four")
    once = ["Requested", "Started", "Succeeded"]

    def begin(name: str) -> Worker:
        # Each has its own folder, as on machines of their own.
        (tmp_path / name).mkdir(exist_ok=True)
        return Worker(brokers, tmp_path / name, name, role="learn", **settings)

    def done(*sensor_types: str) -> Callable[[list[dict[str, Any]]], bool]:
        return lambda found: all(of(found, each)[-1:] == ["Succeeded"] for each in sensor_types)

    with begin("a") as a, begin("b") as b:
        workers = {"a": a.wait_ready(), "b": b.wait_ready()}
        publish(brokers, DRIFT, [drift("killed")])
        told(brokers, lambda found: runs(calls, "killed"))
        publish(brokers, DRIFT, list(map(drift, waiting)))
        found = told(brokers, lambda found: all(of(found, each) for each in waiting))
        (first,) = started_by(found, "killed")
        (other,) = {"a", "b"} - {first}
        assert all(of(found, each) == ["Requested"] for each in waiting)
        workers[first].kill()
        found = told(brokers, done("killed", *waiting))
        assert started_by(found, "killed") == [first, other]

        # The first comes back, and nothing is forgotten when partitions move.
        with begin(first) as back:
            workers[first] = back.wait_ready()
            workers[other].wait_ready()
            publish(brokers, DRIFT, [*(drift(each, 1) for each in ("killed", *waiting)), drift("moved")])
            # What was read before the child began may not tell of it yet.
            found = told(brokers, lambda found: runs(calls, "moved") and len(started_by(found, "moved")) > 0)
            (holder,) = started_by(found, "moved")
            assert workers[holder].stop() == 0, workers[holder].log.read_text()[-3000:]
            found = told(brokers, lambda found: done("moved")(found) and refusals(found) > len(waiting))
            (heir,) = {"a", "b"} - {holder}
            assert started_by(found, "moved") == [holder, heir]

    assert {each: of(found, each) for each in waiting} == dict.fromkeys(waiting, once)
    again = ["Requested", "Started", "Started", "Succeeded"]
    assert {each: of(found, each) for each in ("killed", "moved")} == {"killed": again, "moved": again}
    assert len({event["id"] for event in found}) == len(found)
    refused = [event for event in found if event["type"] == "RetrainingRefused"]
    assert {event["model"].rsplit(".")[-1]: event["reason"] for event in refused} == dict.fromkeys(
        ("killed", *waiting), "cooldown"
    )
    begun = Counter(json.loads(line)["--sensor-type"] for line in calls.read_text().splitlines())
    assert begun == {**dict.fromkeys(waiting, 1), "killed": 2, "moved": 2}
