"""Writes the drift report at the times of a cron expression, in a child process; one worker of the group does it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import structlog

from agents.lane_group import LaneGroup
from agents.training_child import TrainingChild
from schemas.errors import UnavailableError

log = structlog.get_logger(__name__)

_LONGEST_S = 3_600.0


def _now() -> datetime:
    return datetime.now(UTC)


class ScheduledReport:
    """Runs `command` with `--out FILE` in `folder` at the times of `schedule`, where partition 0 of `topic` is ours."""

    def __init__(
        self,
        lanes: LaneGroup,
        topic: str,
        schedule: str,
        command: Sequence[str],
        folder: Path,
        env: dict[str, str],
        *,
        now: Callable[[], datetime] = _now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._lanes, self._topic, self._schedule = lanes, topic, schedule
        self._command, self._folder, self._env = command, folder, env
        self._now, self._sleep = now, sleep
        lanes.app.task(self.write_on)

    async def write_on(self) -> None:
        """Write reports until the worker stops."""
        from cronsim import CronSim

        app = self._lanes.app
        while not app.should_stop:
            now = self._now()
            due = next(CronSim(self._schedule, now))
            await self._sleep((due - now).total_seconds())
            if self._lanes.ready and 0 in self._lanes.partitions()[self._topic]:
                await self._write(due)

    async def _write(self, due: datetime) -> None:
        out = self._folder / f"drift-{due:%Y-%m-%dT%H%M%S}Z.html"
        child = TrainingChild([*self._command, "--out", str(out)], self._folder / "words", self._env, _LONGEST_S)
        try:
            await child.start()
        except UnavailableError as error:
            log.warning("drift.not_reported", detail=str(error))
            return
        code = await child.wait()
        if code == 0:
            log.info("drift.reported", file=str(out), seconds=child.seconds)
        else:
            log.warning("drift.not_reported", exit_code=code, detail=child.detail)
