"""Labels of one partition, as far as they end a quarantine: on to the drift watch. Pure, no Kafka."""

from collections import Counter

from agents.dead_letters import dead_letter_outputs
from agents.outputs import Applied, Output
from schemas.drift_slot import KEY, Released, encode_message
from schemas.errors import BadDataError
from schemas.fault_label import NORMAL_LABELS, REPAIR_LABELS, asset_and_label
from schemas.records import RecordColumns
from schemas.refusal import Refusal

_HEADERS = (("content-type", b"application/msgpack"),)


class DriftLabelsPartition:
    """Passes what ends a quarantine on to `target`."""

    sensors = 0
    state_bytes = 0

    def __init__(self, target: str) -> None:
        self._target = target

    def apply(self, records: RecordColumns) -> Applied:
        """Pass on words of peace; other labels go no further, and what is no label becomes a dead letter."""
        applied, refused = Applied(units=len(records)), list[Refusal]()
        for at, offset in enumerate(records.offset.tolist()):
            value = records.value(at) or b""
            try:
                asset_id, label = asset_and_label(value)
            except BadDataError as error:
                refused.append(Refusal(at, 0, "wrong_shape", str(error), value))
                continue
            if label in NORMAL_LABELS | REPAIR_LABELS:
                released = encode_message(Released(asset_id, label in REPAIR_LABELS))
                applied.outputs.append(Output(self._target, KEY, released, _HEADERS, (offset, 0, 0)))
        applied.outputs += dead_letter_outputs(records, refused)
        applied.refused = dict(Counter(refusal.reason for refusal in refused))
        applied.outputs.sort(key=lambda output: output.position)
        return applied

    def changes(self) -> list[tuple[bytes, bytes]]:
        """Return nothing: there is no state."""
        return []
