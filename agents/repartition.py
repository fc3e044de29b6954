"""Readings under any key, sent on under the key of their asset. Pure, no Kafka."""

from collections import Counter

import numpy as np

from agents.dead_letters import dead_letter_outputs
from agents.outputs import Applied, Output
from schemas.message_fields import default_asset_id
from schemas.reading_columns import ReadingColumns
from schemas.reading_decoder import ReadingDecoder
from schemas.reading_message import read_message
from schemas.records import RecordColumns
from schemas.refusal import RefusedError
from schemas.sensor_index import SensorIndex


class RepartitionPartition:
    """Passes messages on to `target` by asset: whole where they hold one asset, else element by element."""

    state_bytes = 0

    def __init__(self, target: str, decoder: ReadingDecoder) -> None:
        self._target = target
        self._decoder = decoder
        self._index: SensorIndex = decoder.index

    @property
    def sensors(self) -> int:
        """How many sensors have passed."""
        return len(self._index)

    def apply(self, records: RecordColumns) -> Applied:
        """Re-key `records`; refused ones become dead letters here and go no further."""
        decoded = self._decoder.decode(records)
        applied = Applied(
            units=len(decoded.columns),
            unknown_fields=decoded.unknown_fields,
            refused=dict(Counter(refusal.reason for refusal in decoded.refused)),
        )
        mixed = {refusal.record for refusal in decoded.refused} | self._of_several_assets(decoded.columns)
        seen = -1
        for at, record in enumerate(decoded.columns.record.tolist()):
            if record in mixed or record == seen:
                continue
            seen = record
            value = records.value(record)
            assert value is not None
            asset_id = self._index.metas[int(decoded.columns.meta[at])].asset_id
            applied.outputs.append(self._output(records, record, 0, asset_id, value))
        refused_places = {(refusal.record, refusal.index) for refusal in decoded.refused}
        for record in sorted(mixed):
            self._pass_elements(records, record, refused_places, applied)
        applied.outputs += dead_letter_outputs(records, decoded.refused)
        applied.outputs.sort(key=lambda output: output.position)
        return applied

    def _of_several_assets(self, columns: ReadingColumns) -> set[int]:
        same_record = columns.record[1:] == columns.record[:-1]
        other_meta = columns.meta[1:] != columns.meta[:-1]
        return set(columns.record[1:][np.logical_and(same_record, other_meta)].tolist())

    def _pass_elements(
        self, records: RecordColumns, record: int, refused: set[tuple[int, int]], applied: Applied
    ) -> None:
        try:
            elements = list(read_message(records.value(record) or b""))
        except RefusedError:
            return  # refused as a whole
        for index, raw, reading in elements:
            if isinstance(reading, RefusedError) or (record, index) in refused:
                continue
            asset_id = reading.asset_id or default_asset_id(reading.sensor_id)
            applied.outputs.append(self._output(records, record, index, asset_id, raw))

    def _output(self, records: RecordColumns, record: int, index: int, asset_id: str, value: bytes) -> Output:
        return Output(self._target, asset_id.encode(), value, (), (int(records.offset[record]), index, 0))

    def changes(self) -> list[tuple[bytes, bytes]]:
        """Return nothing: there is no state."""
        return []
