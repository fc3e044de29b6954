"""What `doctor` says of what it finds."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from agents.state_keys import hot_key, page_key, progress_key
from connectors.kafka.admin import ExistingTopic
from schemas.topics import READINGS, TOPICS
from stream_app.checks.all_checks import worst_exit_code
from stream_app.checks.finding import attention, broken, ok
from stream_app.checks.group_check import group_check
from stream_app.checks.machine_check import clock_check, disk_check
from stream_app.checks.sensors_check import sensors_check
from stream_app.checks.topics_check import topics_check
from stream_app.checks.workers_check import workers_check
from stream_app.standing import WorkerStanding

THERE = {name: ExistingTopic(name, 8, 1) for name in TOPICS}
AS_DECLARED = {name: dict(topic.config) for name, topic in TOPICS.items()}
CHANGELOG = "pdm-monitor-series-changelog"


def test_exit_code_of_the_worst() -> None:
    assert worst_exit_code([ok("a", ""), attention("b", "", "")]) == 0
    assert worst_exit_code([ok("a", ""), broken("b", "", "")]) == 4


def test_topics_as_declared() -> None:
    (only,) = topics_check(THERE, AS_DECLARED, CHANGELOG)
    assert only.verdict == "ok"


def test_topics_that_are_missing_or_otherwise() -> None:
    there = {name: topic for name, topic in THERE.items() if name != READINGS}
    (missing,) = topics_check(there, AS_DECLARED, CHANGELOG)
    assert (missing.verdict, READINGS in missing.detail) == ("broken", True)
    short = {**AS_DECLARED, READINGS: {**AS_DECLARED[READINGS], "retention.ms": "1"}}
    (otherwise,) = topics_check(THERE, short, CHANGELOG)
    assert (otherwise.verdict, "retention.ms=1 instead of" in otherwise.detail) == ("attention", True)
    compacted = {**AS_DECLARED, READINGS: {**AS_DECLARED[READINGS], "cleanup.policy": "compact"}}
    assert [finding.verdict for finding in topics_check(THERE, compacted, CHANGELOG)] == ["broken"]


def test_state_must_have_as_many_partitions_as_its_source() -> None:
    there = {**THERE, CHANGELOG: ExistingTopic(CHANGELOG, 4, 1)}
    assert "broken" in [finding.verdict for finding in topics_check(there, AS_DECLARED, CHANGELOG)]


def group(lag: int, members: int = 1, state: str = "stable", role: str = "monitor") -> list[dict[str, Any]]:
    return [{"group": f"pdm-{role}", "role": role, "state": state, "members": members, "lag": lag}]


@pytest.mark.parametrize(
    ("before", "after", "verdict", "word"),
    [
        (group(10), group(10), "ok", "1 members"),
        (group(0, 0, "absent"), group(0, 0, "absent"), "attention", "no worker has joined"),
        (group(5, 0, "absent"), group(5, 0, "absent"), "broken", "5 records wait"),
        (group(5, 0, "absent", "learn"), group(5, 0, "absent", "learn"), "attention", "5 records wait"),
        (group(5, 0, "empty"), group(5, 0, "empty"), "broken", "5 records wait"),
        (group(5, 1, "preparing_rebalancing"), [], "attention", "preparing"),
        (group(20_000), group(15_000), "attention", "catching up"),
        (group(20_000), group(25_000), "attention", "not catching up"),
        (group(20_000), group(100), "ok", "100 records"),
    ],
)
def test_groups(before: list[dict[str, Any]], after: list[dict[str, Any]], verdict: str, word: str) -> None:
    looks = iter([before, after])
    waited: list[int] = []
    (finding,) = group_check(lambda: next(looks), lambda: waited.append(1))
    assert finding.verdict == verdict
    assert word in finding.detail
    assert bool(waited) == (before[0]["lag"] > 10_000)


def test_workers() -> None:
    dead, young = WorkerStanding("http://w", False, False, {}), WorkerStanding("http://w", True, False, {})
    ready = WorkerStanding("http://w", True, True, {READINGS: [0, 1]}, 7, 0.5)
    assert [f.verdict for f in workers_check([dead], expected=True)] == ["broken"]
    assert [f.verdict for f in workers_check([dead], expected=False)] == ["attention"]
    assert [f.verdict for f in workers_check([young], expected=True)] == ["attention"]
    (finding,) = workers_check([ready], expected=True)
    assert (finding.verdict, finding.detail) == ("ok", "ready, 2 partitions, 7 sensors, checkpoint 0 s ago")


def test_a_sensor_in_two_partitions_is_named() -> None:
    states = [
        (0, hot_key("pump-1/flow"), False),
        (1, hot_key("pump-2/flow"), False),
        (0, page_key("pump-2/flow", 3), False),
        (0, progress_key(READINGS), False),
        (1, progress_key(READINGS), False),
        (1, None, False),
    ]
    (fine,) = sensors_check(states)
    assert (fine.verdict, fine.detail) == ("ok", "2 sensors, each in one partition")
    (twice,) = sensors_check([*states, (1, hot_key("pump-1/flow"), False)])
    assert (twice.verdict, "1 sensors in two partitions: pump-1/flow" in twice.detail) == ("attention", True)
    (gone,) = sensors_check([*states, (1, hot_key("pump-1/flow"), False), (0, hot_key("pump-1/flow"), True)])
    assert gone.verdict == "ok"
    (cut,) = sensors_check(states, lambda: True)
    assert (cut.verdict, "before time was over" in cut.detail) == ("attention", True)


def test_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, verdict in ((100 << 20, "broken"), (2 << 30, "attention"), (20 << 30, "ok")):
        usage = type("Usage", (), {"free": free})
        monkeypatch.setattr(shutil, "disk_usage", lambda path, usage=usage: usage)
        assert [f.verdict for f in disk_check(tmp_path / "not" / "made" / "yet")] == [verdict]


@pytest.mark.parametrize(("newest_s", "verdict"), [(None, "ok"), (1000.0, "ok"), (1004.0, "ok"), (1100.0, "attention")])
def test_clock(newest_s: float | None, verdict: str) -> None:
    assert [f.verdict for f in clock_check(newest_s, 1000.0)] == [verdict]
