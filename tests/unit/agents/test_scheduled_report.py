"""The drift report is written at the times of its schedule, by the worker that is to, whatever became of the last."""

import asyncio
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from agents.lane_group import LaneGroup
from agents.scheduled_report import ScheduledReport
from schemas.topics import FEATURES

# Writes the moment that it is for, and fails for one of them.
REPORT = "import pathlib, sys; assert '06-30' not in sys.argv[2], 'no'; pathlib.Path(sys.argv[2]).write_text('drift')"


class HandClock:
    """Time goes on by sleeping alone; after `until` the worker is to stop."""

    def __init__(self, app: "App", until: datetime) -> None:
        self.now, self._app, self._until = datetime(2026, 6, 28, 5, 59, 59, tzinfo=UTC), app, until

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self._app.should_stop = self.now >= self._until
        await asyncio.sleep(0)


class App:
    """A worker's app, as far as it runs tasks."""

    def __init__(self) -> None:
        self.should_stop = False
        self.tasks: list[Any] = []

    def task(self, body: Any) -> None:
        self.tasks.append(body)


class Lanes:
    """The lanes of a worker to which `mine` are assigned."""

    def __init__(self, mine: list[int]) -> None:
        self.app, self.ready, self._mine = App(), True, mine

    def partitions(self) -> dict[str, list[int]]:
        return {FEATURES: self._mine}


def written(mine: list[int], folder: Path, schedule: str = "0 6 * * *") -> list[str]:
    lanes = Lanes(mine)
    clock = HandClock(lanes.app, datetime(2026, 7, 2, tzinfo=UTC))
    command = [sys.executable, "-c", REPORT]
    ScheduledReport(
        cast(LaneGroup, lanes), FEATURES, schedule, command, folder, {}, now=lambda: clock.now, sleep=clock.sleep
    )
    (body,) = lanes.app.tasks
    asyncio.run(cast(Coroutine[Any, Any, None], body()))
    return sorted(path.name for path in folder.glob("*.html"))


def test_a_report_a_day_and_a_failure_does_not_end_it(tmp_path: Path) -> None:
    # The clock stands before six on the first day; the worker stops before it has written on the last.
    days = [f"drift-2026-{day}T060000Z.html" for day in ("06-28", "06-29", "07-01", "07-02")]
    assert written([0, 3], tmp_path) == days


def test_another_worker_writes_it(tmp_path: Path) -> None:
    assert written([1, 2], tmp_path) == []


def test_a_full_disk_does_not_end_the_worker(tmp_path: Path) -> None:
    (tmp_path / "words").write_text("in the way")
    assert written([0], tmp_path, "0 6 28 * *") == []
