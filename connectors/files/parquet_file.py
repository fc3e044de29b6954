"""Readings from Parquet files."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.files.column_map import ColumnMap
from connectors.files.file_readings import FileReadings
from connectors.files.table_readings import TableReadings, shape_for
from schemas.errors import BadDataError

BATCH_READINGS = 524_288


def count_parquet(path: Path, told: ColumnMap) -> int:
    """Return how many readings a Parquet file holds."""
    with pq.ParquetFile(path) as file:
        return int(file.metadata.num_rows) * shape_for(str(path), file.schema_arrow, told).readings_per_row


def read_parquet(path: Path, name: str, told: ColumnMap) -> Iterator[FileReadings]:
    """Yield the readings of a Parquet file in its order; raises BadDataError for no table of numbers."""
    try:
        schema = pq.read_schema(path)
        shape = shape_for(str(path), schema, told)
        names = [name for name in shape.sensor_columns if name and pa.types.is_string(schema.field(name).type)]
        with pq.ParquetFile(path, read_dictionary=names) as file:
            rows = max(1, BATCH_READINGS // shape.readings_per_row)
            yield from TableReadings(str(path), name, shape).chunks(file.iter_batches(rows, columns=shape.columns))
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise BadDataError(f"{path} is no readable Parquet file: {reason}; repair the file.") from error
