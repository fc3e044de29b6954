"""What each path says about a message, in one comparable form: a reading's fields, or the reason of its refusal."""

import math
import struct

from schemas.reading_columns import ReadingColumns
from schemas.reading_decoder import DecodedReadings
from schemas.reading_message import DecodedReading, read_message
from schemas.refusal import RefusedError
from schemas.sensor_index import SensorIndex

Told = tuple[object, ...]


def bits(value: float) -> bytes:
    """Return a float's bits, so that 0.0 and -0.0 differ and NaN equals NaN."""
    return b"missing" if math.isnan(value) else struct.pack("<d", value)


def of_reading(reading: DecodedReading) -> Told:
    """Return what plain Python read."""
    return (*reading[:5], bits(reading.value), reading.seq, reading.quality)


def of_column(columns: ReadingColumns, index: SensorIndex, k: int) -> Told:
    """Return what stands in the columns at `k`."""
    name, meta = index.names[columns.row[k]], index.metas[columns.meta[k]]
    value = bits(float(columns.value[k]))
    said = (meta.asset_id, meta.sensor_type, meta.unit)
    return (name, *said, int(columns.ts_us[k]), value, int(columns.seq[k]), int(columns.quality[k]))


def of_message(message: bytes) -> dict[int, Told]:
    """Return what plain Python says about every element of a message."""
    try:
        elements = read_message(message)
    except RefusedError as refused:
        return {0: (refused.reason,)}
    return {
        place: (outcome.reason,) if isinstance(outcome, RefusedError) else of_reading(outcome)
        for place, _, outcome in elements
    }


def of_record(decoded: DecodedReadings, index: SensorIndex, record: int) -> dict[int, Told]:
    """Return what the decoder says about every element of one record."""
    columns = decoded.columns
    told = {
        int(columns.index[k]): of_column(columns, index, k) for k in range(len(columns)) if columns.record[k] == record
    }
    told.update({refusal.index: (refusal.reason,) for refusal in decoded.refused if refusal.record == record})
    return told
