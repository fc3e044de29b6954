"""Tables of the collections: CSV files, packed with gzip, of times and numbers."""

import csv
import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path

from schemas.errors import BadDataError


@dataclass(frozen=True, slots=True)
class Table:
    """`ts_us` of each row, and its numbers by column."""

    ts_us: list[int]
    columns: dict[str, list[float]]


def read_table(path: Path, time: str, wanted: Sequence[str], delimiter: str = ",") -> Table:
    """Return the column `time` (ISO 8601, taken as UTC) and the columns `wanted` of a file.

    Raises BadDataError, naming the file, where it cannot be read, lacks a column, or holds no rows or other things
    than finite numbers.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            head, *rows = list(csv.reader(lines, delimiter=delimiter)) or [[]]
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, csv.Error) as error:
        raise BadDataError(f"{path} cannot be read: {error}; restore the file.") from None
    missing = [name for name in (time, *wanted) if name not in head]
    if missing:
        raise BadDataError(f"{path} has no column {', '.join(missing)}, only {', '.join(head)}; restore the file.")
    if not rows:
        raise BadDataError(f"{path} has no rows; restore the file.")
    try:
        at = head.index(time)
        ts_us = [time_us(row[at]) for row in rows]
        columns = {name: [_finite(row[k]) for row in rows] for name in wanted for k in [head.index(name)]}
    except (ValueError, IndexError) as error:
        raise BadDataError(f"{path} holds a row that cannot be read: {error}; restore the file.") from None
    return Table(ts_us, columns)


def time_us(text: str) -> int:
    """Return an ISO 8601 time without an offset, taken as UTC; raises ValueError where it is none."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return round(moment.timestamp()) * 1_000_000 + moment.microsecond


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is no finite number")
    return number
