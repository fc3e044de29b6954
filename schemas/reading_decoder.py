"""Record batches to reading columns: the kernel does the usual, plain Python the rest."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from schemas.machine_words import PADDING_BYTES
from schemas.message_fields import check_future, check_size, key_text
from schemas.reading_columns import ReadingColumns
from schemas.reading_kernel import SPANS, read_batch
from schemas.reading_message import DecodedReading, read_message
from schemas.records import RecordColumns
from schemas.refusal import Refusal, RefusedError
from schemas.sensor_index import SensorIndex

# The shortest reading is {"sensor_id":"a","ts":1,"value":1}, in an array with a comma.
_SHORTEST_READING_BYTES = 34


@dataclass(frozen=True, slots=True)
class DecodedReadings:
    """What one batch held: valid readings, refusals in arrival order, and how many unknown fields were ignored."""

    columns: ReadingColumns
    refused: list[Refusal]
    unknown_fields: int


class ReadingDecoder:
    """Decodes the batches of one partition into rows of one SensorIndex."""

    def __init__(
        self,
        index: SensorIndex,
        *,
        max_message_bytes: int = 1_000_000,
        max_future_s: float = 300.0,
        require_asset_key: bool = False,
    ) -> None:
        self.index = index
        self._max_message_bytes = max_message_bytes
        self._max_future_us = round(max_future_s * 1e6)
        self._require_asset_key = require_asset_key

    def decode(self, records: RecordColumns) -> DecodedReadings:
        """Return the readings of a batch; one bad message or element leaves its neighbours untouched."""
        columns, left, unknown_fields = self._decode_fast(records)
        if not left:
            return DecodedReadings(columns, [], unknown_fields)
        rest: list[tuple[int, int, DecodedReading]] = []
        refused: list[Refusal] = []
        for i in left:
            self._decode_slowly(records, i, rest, refused)
        unknown_fields += sum(reading.unknown_fields for _, _, reading in rest)
        return DecodedReadings(self._merged(records, columns, rest), refused, unknown_fields)

    def _decode_fast(self, records: RecordColumns) -> tuple[ReadingColumns, list[int], int]:
        index, table = self.index, self.index.table()
        buffer = _padded(records)
        capacity = int(np.maximum(records.value_length, 0).sum()) // _SHORTEST_READING_BYTES + 1
        columns = ReadingColumns.empty(capacity)
        unresolved = np.empty(capacity, np.int32)
        spans = np.empty((capacity, SPANS), np.int64)
        meta_hashes = np.empty(capacity, np.uint64)
        left = np.empty(len(records), np.int32)
        n, n_unresolved, n_left, unknown_fields = read_batch(
            buffer.ctypes.data,
            records.offset,
            records.timestamp_ms,
            records.key_start,
            records.key_length,
            records.value_start,
            records.value_length,
            self._max_message_bytes,
            self._max_future_us,
            self._require_asset_key,
            table.seed,
            table.slots,
            table.hashes,
            table.rows,
            table.starts,
            table.lengths,
            table.arena.ctypes.data,
            index.meta_hash,
            index.row_meta,
            columns.row,
            columns.record,
            columns.index,
            columns.offset,
            columns.ts_us,
            columns.value,
            columns.seq,
            columns.quality,
            columns.meta,
            unresolved,
            spans,
            meta_hashes,
            left,
        )
        columns = columns.take(slice(0, n))
        if n_unresolved:
            self._resolve(records, columns, unresolved[:n_unresolved], spans[:n_unresolved], meta_hashes[:n_unresolved])
        return columns, left[:n_left].tolist(), int(unknown_fields)

    def _resolve(
        self,
        records: RecordColumns,
        columns: ReadingColumns,
        positions: NDArray[np.int32],
        spans: NDArray[np.int64],
        meta_hashes: NDArray[np.uint64],
    ) -> None:
        """Find row and meta for readings of sensors that are new or say something new about themselves."""
        buffer = records.buffer.data
        answers: dict[tuple[bytes | None, ...], tuple[int, int]] = {}
        rows, metas = np.empty(len(positions), np.int32), np.empty(len(positions), np.int32)
        for k, (span, meta_hash) in enumerate(zip(spans.tolist(), meta_hashes.tolist(), strict=True)):
            texts = tuple(
                None if span[j + 1] < 0 else bytes(buffer[span[j] : span[j] + span[j + 1]]) for j in range(0, SPANS, 2)
            )
            answer = answers.get(texts)
            if answer is None:
                answer = answers[texts] = self.index.resolve(texts, meta_hash)
            rows[k], metas[k] = answer
        columns.row[positions], columns.meta[positions] = rows, metas

    def _decode_slowly(
        self,
        records: RecordColumns,
        i: int,
        readings: list[tuple[int, int, DecodedReading]],
        refused: list[Refusal],
    ) -> None:
        value = records.value(i)
        n_readings, n_refused = len(readings), len(refused)
        try:
            self._read(records, i, value, readings, refused)
        except RefusedError as refusal:
            refused.append(Refusal(i, 0, refusal.reason, refusal.detail, value))
        except Exception as error:
            # A defect of ours must not stop the partition: the bytes are kept, the dead letter says what broke.
            del readings[n_readings:], refused[n_refused:]
            refused.append(Refusal(i, 0, "internal", f"{type(error).__name__}: {error}", value))

    def _read(
        self,
        records: RecordColumns,
        i: int,
        value: bytes | None,
        readings: list[tuple[int, int, DecodedReading]],
        refused: list[Refusal],
    ) -> None:
        value = check_size(value, self._max_message_bytes)
        key = key_text(records.key(i))
        for index, raw, outcome in read_message(value):
            try:
                if isinstance(outcome, RefusedError):
                    raise outcome
                self._check_place(outcome, key, int(records.timestamp_ms[i]))
                readings.append((i, index, outcome))
            except RefusedError as refusal:
                refused.append(Refusal(i, index, refusal.reason, refusal.detail, raw))

    def _check_place(self, reading: DecodedReading, key: str | None, timestamp_ms: int) -> None:
        check_future(reading.ts_us, timestamp_ms, self._max_future_us)
        if self._require_asset_key and key != reading.asset_id:
            raise RefusedError("key_mismatch", f"key {key!r} is not the asset {reading.asset_id!r}")

    def _merged(
        self, records: RecordColumns, fast: ReadingColumns, rest: list[tuple[int, int, DecodedReading]]
    ) -> ReadingColumns:
        slow = ReadingColumns.empty(len(rest))
        for k, (i, place, reading) in enumerate(rest):
            row = self.index.row_of(reading.sensor_id)
            slow.row[k], slow.record[k], slow.index[k] = row, i, place
            slow.offset[k], slow.ts_us[k] = records.offset[i], reading.ts_us
            slow.value[k], slow.seq[k], slow.quality[k] = reading.value, reading.seq, reading.quality
            slow.meta[k] = self.index.meta_of(row, reading.asset_id, reading.sensor_type, reading.unit)
        joined = ReadingColumns(
            *(np.concatenate((getattr(fast, field.name), getattr(slow, field.name))) for field in fields(fast))
        )
        # Elements of one message come from one path and are in order already: a stable sort by message merges both.
        return joined.take(np.argsort(joined.record, kind="stable"))


def _padded(records: RecordColumns) -> NDArray[np.uint8]:
    """Return the buffer, copied only where the last key or value stands too close to its end for whole-word reads."""
    ends = np.maximum(records.value_start + records.value_length, records.key_start + records.key_length)
    if len(ends) and int(ends.max()) + PADDING_BYTES > len(records.buffer):
        return np.concatenate((records.buffer, np.zeros(PADDING_BYTES, np.uint8)))
    return records.buffer
