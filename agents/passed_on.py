"""Records of one topic passed on to the one log of another step, as far as they concern it. Pure, no Kafka."""

from collections import Counter
from collections.abc import Callable, Iterable

from agents.dead_letters import dead_letter_outputs
from agents.outputs import Applied, Output
from schemas.records import RecordColumns
from schemas.refusal import Refusal, RefusedError

Read = Callable[[bytes, int], Iterable[bytes]]
"""Content and time in µs of a record to messages of the log; raises RefusedError on what the topic must not hold."""


class PassedOnPartition:
    """Passes on to `target`, under `key`, what `read` makes of each record; what it refuses becomes a dead letter."""

    sensors = 0
    state_bytes = 0

    def __init__(self, target: str, key: bytes, read: Read) -> None:
        self._target, self._key, self._read = target, key, read

    def apply(self, records: RecordColumns) -> Applied:
        """Take records in order of offset: what each leads to depends on nothing else."""
        applied, refused = Applied(units=len(records)), list[Refusal]()
        for at, (offset, ms) in enumerate(zip(records.offset.tolist(), records.timestamp_ms.tolist(), strict=True)):
            value = records.value(at) or b""
            try:
                messages = list(self._read(value, ms * 1000))
            except RefusedError as error:
                refused.append(Refusal(at, 0, error.reason, error.detail, value))
                continue
            applied.outputs += [
                Output(self._target, self._key, message, (), (offset, 0, nth)) for nth, message in enumerate(messages)
            ]
        applied.outputs += dead_letter_outputs(records, refused)
        applied.refused = dict(Counter(refusal.reason for refusal in refused))
        applied.outputs.sort(key=lambda output: output.position)
        return applied

    def changes(self) -> list[tuple[bytes, bytes]]:
        """Return nothing: there is no state."""
        return []
