"""Rows of a file through the product's own path: JSON messages in, public anomaly events out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.options import ReadingsOptions
from agents.readings import ReadingsPartition
from benchmarks.quality.table import Table
from models.tuning import Tuning
from schemas.errors import BadDataError
from schemas.records import RecordColumns
from schemas.times import format_time
from schemas.topics import ANOMALIES, READINGS


@dataclass(frozen=True, slots=True)
class Change:
    """An anomaly of `kind` was raised or cleared by a reading of row `row`."""

    row: int
    kind: str
    anomaly_id: str
    raised: bool


@dataclass(frozen=True, slots=True)
class Run:
    """The changes of a file in their order; `dropped` readings came late or repeated their time."""

    changes: list[Change]
    dropped: int

    def raised(self, kind: str) -> list[int]:
        """Return the rows at which anomalies of a kind were raised, ascending."""
        return [change.row for change in self.changes if change.kind == kind and change.raised]


def run_file(name: str, asset_id: str, table: Table, tuning: Tuning) -> Run:
    """Return what a fresh partition says of a file: one message a row, one reading a column.

    Raises BadDataError, naming the file by `name`, where a reading is refused.
    """
    sensors = [f"{asset_id}/{column}" for column in table.columns]
    records: list[tuple[int, int, bytes | None, bytes | None]] = []
    for row, (ts_us, *values) in enumerate(zip(table.ts_us, *table.columns.values(), strict=True)):
        ts = format_time(ts_us)
        readings = [{"sensor_id": s, "ts": ts, "value": value} for s, value in zip(sensors, values, strict=True)]
        records.append((row, ts_us // 1000, asset_id.encode(), json.dumps(readings).encode()))
    partition = ReadingsPartition(READINGS, 0, ReadingsOptions(tuning=tuning))
    applied = partition.apply(RecordColumns.of(READINGS, 0, records))
    if applied.refused:
        raise BadDataError(f"{name} holds readings that are refused ({applied.refused}); restore the file.")
    changes = [_change(json.loads(output.value)) for output in applied.outputs if output.topic == ANOMALIES]
    return Run(changes, applied.late + applied.duplicates)


def _change(event: Mapping[str, Any]) -> Change:
    return Change(
        row=event["source"]["last_offset"],
        kind=event["kind"],
        anomaly_id=event["anomaly_id"],
        raised=event["type"] == "AnomalyRaised",
    )
