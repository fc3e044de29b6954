"""Readings from CSV files, plain or gzipped, with any of the usual delimiters."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from connectors.files.column_map import ColumnMap, LongShape, WideShape
from connectors.files.file_readings import FileReadings
from connectors.files.table_readings import NAMES, TableReadings, shape_for
from schemas.errors import BadDataError

BLOCK_BYTES = 16 << 20
SAMPLE_BYTES = 8 << 20
DELIMITERS = ",;\t|"


def read_csv(path: Path, name: str, told: ColumnMap) -> Iterator[FileReadings]:
    """Yield the readings of a CSV file in its order; raises BadDataError for what is no table of numbers."""
    try:
        delimiter = _delimiter(path)
        shape = shape_for(str(path), (schema := _schema(path, delimiter)), told)
        types = {name: _column_type(shape, name, schema.field(name).type) for name in shape.columns}
        table = TableReadings(str(path), name, shape)
        with pa.input_stream(str(path), compression="detect") as stream:
            convert = csv.ConvertOptions(column_types=types, include_columns=shape.columns)
            reader = _open(stream, delimiter, convert)
            yield from table.chunks(reader)
    except (pa.ArrowException, OSError, EOFError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0] if str(error) else "it ends too early"
        raise BadDataError(f"{path} is no readable CSV file: {reason}; repair the file.") from error


def count_csv(path: Path, told: ColumnMap) -> int:
    """Return about how many readings a CSV file holds: counted where it is small, estimated where it is large."""
    shape = shape_for(str(path), _schema(path, _delimiter(path)), told)
    with path.open("rb") as raw, gzip.GzipFile(fileobj=raw) if path.suffix.lower() == ".gz" else raw as lines:
        sample = lines.read(SAMPLE_BYTES)
        rows = max(0, sample.count(b"\n") - 1)
        if len(sample) == SAMPLE_BYTES:
            rows = round(rows * path.stat().st_size / max(1, raw.tell()))
    return rows * shape.readings_per_row


def _schema(path: Path, delimiter: str) -> pa.Schema:
    with pa.input_stream(str(path), compression="detect") as stream:
        return _open(stream, delimiter, csv.ConvertOptions()).schema


def _open(stream: pa.NativeFile, delimiter: str, convert: csv.ConvertOptions) -> csv.CSVStreamingReader:
    return csv.open_csv(
        stream,
        read_options=csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False),
        parse_options=csv.ParseOptions(delimiter=delimiter),
        convert_options=convert,
    )


def _delimiter(path: Path) -> str:
    with gzip.open(path, "rt") if path.suffix.lower() == ".gz" else path.open() as lines:
        header = lines.readline(65_536)
    return max(DELIMITERS, key=header.count)


def _column_type(shape: LongShape | WideShape, name: str, guessed: pa.DataType) -> pa.DataType:
    """Widen what the first block suggests, so that a later block with fractions does not break the file."""
    is_time = name == shape.ts
    if is_time and pa.types.is_timestamp(guessed):
        return pa.timestamp("ns", guessed.tz)
    if pa.types.is_integer(guessed) and is_time:
        return guessed
    if pa.types.is_integer(guessed) or pa.types.is_floating(guessed) or pa.types.is_null(guessed):
        return pa.float64()
    # Each text is kept once.
    return NAMES if pa.types.is_string(guessed) and name in shape.sensor_columns else guessed
