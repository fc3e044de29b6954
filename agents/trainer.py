"""Runs the trainings that the policy wants, one child process each, where the training log's partition is ours.

    policy says due ─► Begun into the log ─► policy says ours, durably ─► child runs ─► Ended into the log

A child starts only once the policy's stored state names this life of this worker: of two that want to begin, one is
named. What another life began and never ended was interrupted; its result is taken where it left one, else it is begun
again.
"""

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import structlog

from agents.exit import die
from agents.lane_group import LaneGroup
from agents.state_keys import RETRAINING_POLICY
from agents.training_child import TrainingChild, result_line
from models.retraining.policy import Training, unpack_state
from models.retraining.tuning import RetrainingTuning
from schemas.errors import UnavailableError
from schemas.model_names import parse_model_name
from schemas.times import format_time
from schemas.training_log import KEY, Begun, Ended, LogRecord, encode_record

log = structlog.get_logger(__name__)

_LOOK_EVERY_S = 0.5
# The policy takes no beginning where others were quicker to fill the room; its stored state shows that late.
_BEGIN_AGAIN_S = 5.0

Attempt = tuple[str, int]


@dataclass(frozen=True, slots=True)
class TrainerOptions:
    """How trainings are run: `command` and what `algorithms` has for the lane begin each; `folder` gets its words."""

    command: Sequence[str]
    algorithms: Mapping[str, str]
    folder: Path
    env: dict[str, str] = field(default_factory=dict)


class Trainer:
    """Looks at the stored state of the policy and does what it asks; `worker` is our name."""

    def __init__(
        self, lanes: LaneGroup, topic: str, worker: str, options: TrainerOptions, tuning: RetrainingTuning
    ) -> None:
        self._lanes, self._topic, self._worker = lanes, topic, worker
        self._options, self._tuning = options, tuning
        self._token = uuid.uuid4().hex
        self._running: dict[Attempt, tuple[TrainingChild, asyncio.Task[None]]] = {}
        # Written to the log already, and when; perhaps not applied yet.
        self._told: dict[tuple[str, Attempt], float] = {}
        lanes.app.add_lane(self)
        lanes.app.task(self.look_on)

    async def look_on(self) -> None:
        """Look at the policy until the worker stops."""
        app = self._lanes.app
        while not app.should_stop:
            await asyncio.sleep(_LOOK_EVERY_S)
            with _deadly():
                if self._lanes.ready and (partition := await self._partition()) is not None:
                    await self._look(partition)

    async def _partition(self) -> int | None:
        """Return the partition of the training log where it is ours and its state is at hand."""
        partition = await self._lanes.app.producer.partition_of(self._topic, KEY)
        return partition if partition in self._lanes.partitions()[self._topic] else None

    async def _look(self, partition: int) -> None:
        state = unpack_state(self._lanes.table.read(partition, RETRAINING_POLICY))
        mine = {(training.training_id, training.attempt) for training in state.running}
        for over in [attempt for attempt, (_, task) in self._running.items() if task.done() and attempt not in mine]:
            del self._running[over]
        for training in state.running:
            attempt = (training.training_id, training.attempt)
            if training.token == self._token:
                if attempt not in self._running:
                    await self._start(partition, training)
            elif not await self._conclude(partition, training):
                await self._tell_begun(partition, training)
        for training in state.due(time.time_ns() // 1000, self._tuning):
            await self._tell_begun(partition, training)

    async def _tell_begun(self, partition: int, training: Training) -> None:
        if training.attempt >= self._tuning.attempts:
            ended = Ended(training.training_id, training.attempt, 0.0, detail=f"interrupted {training.attempt} times")
            await self._tell(partition, "ended", ended)
            return
        begun = Begun(training.training_id, training.attempt + 1, self._worker, self._token)
        await self._tell(partition, "begun", begun)

    async def _conclude(self, partition: int, training: Training) -> bool:
        """Tell the result of an attempt that another life of this worker ran to its end; False where there is none."""
        line = result_line(self._folder(training))
        if line is None or not _is_result(line):
            return False
        seconds = max(time.time() - training.begun_us / 1e6, 0.0)
        ended = Ended(training.training_id, training.attempt, round(seconds, 3), result=line, exit_code=0)
        await self._tell(partition, "ended", ended)
        return True

    async def _start(self, partition: int, training: Training) -> None:
        command = [*self._options.command, *_arguments(training, self._options.algorithms)]
        child = TrainingChild(command, self._folder(training), self._options.env, self._tuning.timeout_s)
        log.info("training.started", model=training.model, attempt=training.attempt, training=training.training_id)
        try:
            await child.start()
        except UnavailableError as error:
            log.warning("training.not_begun", model=training.model, detail=str(error))
            code = error.exit_code
            ended = Ended(training.training_id, training.attempt, 0.0, exit_code=code, detail=str(error))
            await self._tell(partition, "ended", ended)
            return
        task = asyncio.create_task(self._finish(partition, training, child))
        self._running[training.training_id, training.attempt] = child, task

    async def _finish(self, partition: int, training: Training, child: TrainingChild) -> None:
        code = await child.wait()
        line = result_line(child.folder)
        # Where it succeeded, its last words are some library's warning.
        detail = "" if code == 0 else child.detail
        log.info("training.ended", model=training.model, exit_code=code, seconds=child.seconds, detail=detail)
        ended = Ended(
            training.training_id,
            training.attempt,
            child.seconds,
            result=line if code == 0 else None,
            exit_code=code,
            timed_out=child.timed_out,
            detail=detail,
        )
        with _deadly():
            await self._tell(partition, "ended", ended)

    async def _tell(self, partition: int, what: str, record: Begun | Ended) -> None:
        """Write an end to the log once, and a beginning until the policy takes it."""
        told, now_s = (what, (record.training_id, record.attempt)), time.monotonic()
        told_s = self._told.get(told)
        if told_s is not None and (what == "ended" or now_s < told_s + _BEGIN_AGAIN_S):
            return
        self._told[told] = now_s
        await self._append(partition, record)

    async def _append(self, partition: int, record: LogRecord) -> None:
        for future, _ in await self._lanes.app.producer.send_records(
            self._topic, partition, [(KEY, encode_record(record), [])]
        ):
            await future

    def _folder(self, training: Training) -> Path:
        return self._options.folder / quote(training.training_id, safe="") / str(training.attempt)

    async def drain(self) -> None:
        """Do nothing: a child that runs on is ended when the partition is given up."""

    def forget(self) -> None:
        """End every child: the log's partition may be another worker's now, who will begin again."""
        for child, task in self._running.values():
            task.cancel()
            child.kill()
        self._running.clear()
        self._told.clear()


@contextlib.contextmanager
def _deadly() -> Iterator[None]:
    """End the process on an error: whoever comes next goes on from what is stored."""
    try:
        yield
    except Exception as error:
        log.exception("trainer.failed")
        die("trainer.exit", error=repr(error))


def _arguments(training: Training, algorithms: Mapping[str, str]) -> list[str]:
    name = parse_model_name(training.model)
    assert name is not None
    lane, sensor_type = name
    of_type = [] if sensor_type is None else ["--sensor-type", sensor_type]
    since, until = format_time(training.from_us), format_time(training.to_us)
    # What labels say is known of each range: the rest is no new normal.
    normal = [] if training.cause == "performance_loss" else ["--new-normal-from", since]
    return [algorithms[lane], *of_type, "--lane", lane, "--from", since, "--to", until, *normal, "--json"]


def _is_result(line: str) -> bool:
    with contextlib.suppress(ValueError):
        told = json.loads(line)
        return isinstance(told, dict) and "version" in told
    return False
