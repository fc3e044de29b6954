"""Which dead letters were sent back: each at most once, also when two people try, or a try breaks off halfway."""

import json
import time
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from connectors.kafka.reader import read_all
from connectors.kafka.topic_facts import spans
from schemas.dead_letter import DeadLettered
from schemas.errors import UsageError
from schemas.times import format_time
from schemas.topics import RETRIED

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection
    from connectors.kafka.writer import BulkWriter

HEADER = "pdm_retry_of"
# A try that is older has ended one way or the other: deliveries give up after 30 s.
_TRY_TAKES_S = 90.0


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the log; `from_offset` is where in the source partition the letter cannot lie before."""

    id: str
    token: str
    state: Literal["begun", "sent"]
    ts_us: int
    from_offset: int


class RetryLog:
    """The log on its own topic, kept longer than the letters; `now_us` is the wall clock."""

    def __init__(self, connection: "KafkaConnection", writer: "BulkWriter") -> None:
        from connectors.kafka.admin import create_topics

        create_topics(connection, names=[RETRIED])
        self._connection = connection
        self._writer = writer

    def now_us(self) -> int:
        """Return the time of a step, in microseconds since 1970."""
        return time.time_ns() // 1000

    def sent(self) -> dict[str, int]:
        """Return when each letter was sent back, by id, in microseconds since 1970."""
        return {step.id: step.ts_us for step in self._steps() if step.state == "sent"}

    def begin(self, letter: DeadLettered) -> Step:
        """Take the right to send a letter back; raises UsageError where it was, or is being, sent."""
        steps = [step for step in self._steps() if step.id == letter.id]
        for step in steps:
            if step.state == "sent":
                raise _refusal(letter, f"was sent back at {format_time(step.ts_us)}", "it is not sent twice")
        self._refuse_a_running_try(letter, steps, own=None)
        interrupted = [step for step in steps if step.state == "begun"]
        if interrupted and self._arrived(letter, min(step.from_offset for step in interrupted)):
            # A try broke off between sending and noting it.
            self.end(interrupted[-1])
            raise _refusal(letter, "was sent back by a try that broke off", "it is not sent twice")
        place = (letter.source.topic, letter.source.partition)
        end = spans(self._connection, {place[0]: place[1] + 1})[place].end
        step = Step(letter.id, uuid.uuid4().hex, "begun", self.now_us(), end)
        self._write(step)
        # Two may have begun at once: the first in the log goes on.
        self._refuse_a_running_try(letter, [one for one in self._steps() if one.id == letter.id], own=step)
        return step

    def end(self, step: Step) -> None:
        """Note that a letter has arrived."""
        self._write(Step(step.id, step.token, "sent", self.now_us(), step.from_offset))

    def _refuse_a_running_try(self, letter: DeadLettered, steps: Iterable[Step], own: Step | None) -> None:
        since_us = self.now_us() - round(_TRY_TAKES_S * 1e6)
        running = [step for step in steps if step.state == "begun" and step.ts_us > since_us]
        if running and (own is None or running[0].token != own.token):
            raise _refusal(letter, "is being sent back by another call", f"look again in {_TRY_TAKES_S:.0f} s")

    def _arrived(self, letter: DeadLettered, from_offset: int) -> bool:
        start = {letter.source.partition: from_offset}
        wanted = (HEADER, letter.id.encode())
        return any(wanted in message.headers for message in read_all(self._connection, letter.source.topic, start))

    def _steps(self) -> list[Step]:
        records = read_all(self._connection, RETRIED.name)
        return [Step(**json.loads(record.value)) for record in records if record.value is not None]

    def _write(self, step: Step) -> None:
        content: dict[str, Any] = asdict(step)
        self._writer.send(RETRIED.name, step.id.encode(), json.dumps(content).encode())
        self._writer.flush()


def _refusal(letter: DeadLettered, what: str, remedy: str) -> UsageError:
    return UsageError(f"Dead letter {letter.id} {what}; {remedy}.")
