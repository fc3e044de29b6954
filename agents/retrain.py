"""From drift to trainings: wishes into one log, and the policy over that log. Pure, no Kafka, no processes."""

from collections.abc import Iterator

import msgspec

from agents.applied_offset import applied_offset, new_records
from agents.outputs import Applied, NoSavedState, Output, SavedState
from agents.state_keys import RETRAINING_POLICY
from models.retraining.policy import advance, pack_state, unpack_state
from models.retraining.tuning import RetrainingTuning
from models.windows.baseline import SETTLED_ROWS
from schemas.cloudevents import headers
from schemas.drift import decode_drift
from schemas.errors import BadDataError
from schemas.records import RecordColumns
from schemas.refusal import RefusedError
from schemas.retraining import RETRAINING_CE_TYPES
from schemas.times import parse_time
from schemas.topics import RETRAINING
from schemas.training_log import Wanted, decode_record, encode_record


def wish(value: bytes, written_us: int) -> Iterator[bytes]:
    """Yield what a drift event wants to be retrained; raises RefusedError on what is none."""
    try:
        event = decode_drift(value)
    except BadDataError as error:
        raise RefusedError("wrong_shape", str(error)) from None
    if event.suggested_action == "retrain":
        times, settling = (parse_time(event.ts), parse_time(event.changed_at)), SETTLED_ROWS * len(event.sensors)
        yield encode_record(Wanted(event.id, event.model, event.cause, *times, event.rows, settling))


class RetrainingPartition:
    """The policy over one partition of the training log."""

    sensors = 0

    def __init__(self, source: str, partition: int, tuning: RetrainingTuning, saved: SavedState | None = None) -> None:
        self._source, self._partition, self._tuning = source, partition, tuning
        saved = saved or NoSavedState()
        self._applied = applied_offset(saved, source)
        self.state = unpack_state(saved.read(RETRAINING_POLICY))
        self._touched = False

    @property
    def state_bytes(self) -> int:
        """Size of the state, in bytes."""
        return len(pack_state(self.state))

    def apply(self, records: RecordColumns) -> Applied:
        """Take records in order of offset; those already in the saved state change nothing."""
        applied = Applied()
        for at in new_records(records, self._applied):
            offset = self._applied = int(records.offset[at])
            try:
                record = decode_record(records.value(at) or b"")
            except msgspec.DecodeError as error:
                raise BadDataError(
                    f"Record {offset} of {self._source} is no record of trainings ({error}); "
                    "nothing but this role may write there."
                ) from None
            now_us = int(records.timestamp_ms[at]) * 1000
            event = advance(self.state, record, now_us, self._tuning)
            self._touched = True
            applied.units += 1
            if event is not None:
                source = f"/{self._source}/{self._partition}"
                about = headers(event.id, RETRAINING_CE_TYPES[type(event)], source, now_us)
                value = event.model_dump_json().encode()
                applied.outputs.append(Output(RETRAINING, event.model.encode(), value, about, (offset, 0, 0)))
        return applied

    def changes(self) -> list[tuple[bytes, bytes]]:
        """Return the packed state where it changed since the last call."""
        touched, self._touched = self._touched, False
        return [(RETRAINING_POLICY, pack_state(self.state))] if touched else []
