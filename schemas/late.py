"""A late reading: the reading in its canonical form, and by how much it missed the grace time."""

from math import isnan
from typing import TYPE_CHECKING, Any

import msgspec

from schemas.reading import Reading
from schemas.reading_columns import ReadingColumns
from schemas.times import format_time

if TYPE_CHECKING:
    # Its kernels take a second to import, the model alone must not.
    from schemas.sensor_index import SensorIndex

CE_TYPE = "pdm.reading.late.v1"
_QUALITY_NAMES = ("good", "uncertain", "bad")


class LateReading(Reading):
    """A reading that came after its sensor had moved on, `late_by_s` behind the newest applied one."""

    late_by_s: float


def late_id(topic: str, partition: int, offset: int, index: int) -> str:
    """Return the event id of a late reading from its place: a replay gives the same."""
    return f"{topic}:{partition}:{offset}:{index}:late"


def encode_late(columns: ReadingColumns, position: int, index: "SensorIndex", late_by_s: float) -> bytes:
    """Return the JSON of the reading at `position` with `late_by_s`."""
    meta = index.metas[columns.meta[position]]
    value, seq = float(columns.value[position]), int(columns.seq[position])
    fields: dict[str, Any] = {
        "sensor_id": index.names[columns.row[position]],
        "ts": format_time(int(columns.ts_us[position])),
        "value": None if isnan(value) else value,
        "asset_id": meta.asset_id,
    }
    if meta.sensor_type is not None:
        fields["sensor_type"] = meta.sensor_type
    if meta.unit is not None:
        fields["unit"] = meta.unit
    if seq >= 0:
        fields["seq"] = seq
    fields["quality"] = _QUALITY_NAMES[columns.quality[position]]
    fields["late_by_s"] = late_by_s
    return msgspec.json.encode(fields)
