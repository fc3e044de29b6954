"""The waveform blocks of one partition: decoded, and refused where they are no blocks. Pure, no Kafka."""

from collections import Counter

from agents.dead_letters import dead_letter_outputs
from agents.options import ReadingsOptions
from agents.outputs import Applied
from schemas.records import RecordColumns
from schemas.signal_message import decode_signals


class SignalsPartition:
    """Decodes blocks; it keeps no state of its own yet."""

    sensors = 0
    state_bytes = 0

    def __init__(self, options: ReadingsOptions) -> None:
        self._options = options

    def apply(self, records: RecordColumns) -> Applied:
        """Decode the blocks of `records`; refused ones become dead letters."""
        blocks, refused = decode_signals(
            records,
            max_message_bytes=self._options.max_message_bytes,
            max_future_s=self._options.max_future_s,
            require_asset_key=self._options.require_asset_key,
        )
        return Applied(
            outputs=list(dead_letter_outputs(records, refused)),
            units=len(blocks),
            refused=dict(Counter(refusal.reason for refusal in refused)),
        )

    def changes(self) -> list[tuple[bytes, bytes]]:
        """Return nothing: there is no state."""
        return []
