"""Record batches of a table file → readings."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from connectors.files.arrow_values import missing_of, values_of
from connectors.files.column_map import ColumnMap, LongShape, WideShape, shape_of
from connectors.files.file_readings import FileReadings, FileSensor
from schemas.errors import BadDataError
from schemas.times import MICROSECONDS_BELOW, MILLISECONDS_BELOW, SECONDS_BELOW

NAMES = pa.dictionary(pa.int32(), pa.string())
"""Texts of which each is kept once."""


class TableReadings:
    """Reads the batches of one file in a given shape; `name` stands where the file names no sensor."""

    def __init__(self, path: str, name: str, shape: LongShape | WideShape) -> None:
        self._path, self._name, self._shape = path, name, shape
        self._sensors: list[FileSensor] = []
        self._place: dict[tuple[str | None, ...], int] = {}
        self._rows = 0

    def chunks(self, batches: Iterable[pa.RecordBatch]) -> Iterator[FileReadings]:
        """Yield the readings of each batch in the order of the file; raises BadDataError naming the row."""
        for batch in batches:
            if batch.num_rows:
                ts_us = self._times(batch.column(self._shape.ts))
                if isinstance(self._shape, WideShape):
                    yield self._wide(self._shape, batch, ts_us)
                else:
                    yield self._long(self._shape, batch, ts_us)
                self._rows += batch.num_rows

    def _wide(self, shape: WideShape, batch: pa.RecordBatch, ts_us: NDArray[np.int64]) -> FileReadings:
        if not self._sensors:
            self._sensors += [FileSensor(f"{self._name}/{column}", self._name) for column in shape.values]
        width = len(shape.values)
        values = np.column_stack([self._numbers(batch.column(column), column) for column in shape.values])
        sensor = np.tile(np.arange(width, dtype=np.int32), len(ts_us))
        return FileReadings(self._sensors, sensor, np.repeat(ts_us, width), values.ravel())

    def _long(self, shape: LongShape, batch: pa.RecordBatch, ts_us: NDArray[np.int64]) -> FileReadings:
        values = self._numbers(batch.column(shape.value), shape.value)
        if not any(shape.sensor_columns):
            sensor = np.full(len(ts_us), self._sensor(self._name, None, None, None), np.int32)
        else:
            sensor = self._sensors_of(batch, shape.sensor_columns)
        return FileReadings(self._sensors, sensor, ts_us, values)

    def _sensor(self, sensor_id: str | None, asset_id: str | None, sensor_type: str | None, unit: str | None) -> int:
        key = (sensor_id, asset_id, sensor_type, unit)
        place = self._place.get(key)
        if place is None:
            place = self._place[key] = len(self._sensors)
            self._sensors.append(FileSensor(sensor_id or self._name, asset_id, sensor_type, unit))
        return place

    def _sensors_of(self, batch: pa.RecordBatch, columns: tuple[str | None, ...]) -> NDArray[np.int32]:
        """Return the sensor of each row: every combination of texts is looked up once."""
        texts: list[list[str | None]] = []
        number = np.zeros(batch.num_rows, np.int64)
        for column in columns:
            if column is None:
                texts.append([None])
                continue
            encoded = _encoded(batch.column(column))
            texts.append([*encoded.dictionary.to_pylist(), None])
            codes, missing = values_of(encoded.indices), missing_of(encoded.indices)
            number = number * len(texts[-1]) + codes
            if missing is not None:
                number[missing] += len(texts[-1]) - 1 - codes[missing]
        # In the order in which they appear, so that sensors do not depend on how a file is cut.
        combined = pa.Array.from_buffers(pa.int64(), len(number), [None, pa.py_buffer(number)]).dictionary_encode()
        told = np.unravel_index(values_of(combined.dictionary), [len(of_column) for of_column in texts])
        found = [[of_column[code] for code in of.tolist()] for of_column, of in zip(texts, told, strict=True)]
        places = np.array([self._sensor(*one) for one in zip(*found, strict=True)], np.int32)
        return np.asarray(places[values_of(combined.indices)], np.int32)

    def _numbers(self, column: Any, name: str) -> NDArray[np.float64]:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            text = next((t for t in column.to_pylist() if t), "")
            raise BadDataError(
                f"{self._path}: column {name!r} holds text such as {text!r}; name a numeric one by --map value=COL."
            )
        try:
            numbers = column.cast(pa.float64(), safe=False)
        except pa.ArrowException as error:
            raise BadDataError(
                f"{self._path}: column {name!r} holds {column.type}, no numbers; name a numeric one by --map value=COL."
            ) from error
        values, missing = np.array(values_of(numbers), np.float64), missing_of(numbers)
        if missing is not None:
            values[missing] = np.nan
        values[~np.isfinite(values)] = np.nan
        return values

    def _times(self, column: Any) -> NDArray[np.int64]:
        missing = missing_of(column)
        if missing is not None:
            row = self._rows + int(np.argmax(missing)) + 1
            raise BadDataError(f"{self._path}: row {row} has no time in column {self._shape.ts!r}; add or remove it.")
        kind = column.type
        if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            instants = column.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False)
            return np.array(values_of(instants.cast(pa.int64())), np.int64)
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return self._times_from_numbers(values_of(column))
        text = next((str(t) for t in column.to_pylist()), "")
        raise BadDataError(
            f"{self._path}: column {self._shape.ts!r} holds {text!r}, no time; use ISO 8601 or a number since 1970."
        )

    def _times_from_numbers(self, numbers: NDArray[Any]) -> NDArray[np.int64]:
        bad = ~(np.isfinite(numbers) & (numbers >= 0))
        if bad.any():
            row = int(np.argmax(bad))
            raise BadDataError(
                f"{self._path}: row {self._rows + row + 1} has the time {numbers[row]}; it must be a number from 0 up."
            )
        units = [numbers < SECONDS_BELOW, numbers < MILLISECONDS_BELOW, numbers < MICROSECONDS_BELOW]
        if np.issubdtype(numbers.dtype, np.integer):
            whole = numbers.astype(np.int64)
            scaled = [whole * 1_000_000, whole * 1000, whole]
            return np.asarray(np.select(units, scaled, whole // 1000), np.int64)
        scaled_f = [numbers * 1e6, numbers * 1e3, numbers]
        return np.asarray(np.rint(np.select(units, scaled_f, numbers / 1e3)), np.int64)


def _encoded(column: Any) -> pa.DictionaryArray:
    """Return a column of texts, or of what can be written as such, as places in the texts that occur."""
    if pa.types.is_dictionary(column.type):
        return column.cast(NAMES)
    return column.cast(pa.string()).dictionary_encode()


def shape_for(path: str, schema: pa.Schema, told: ColumnMap) -> LongShape | WideShape:
    """Return how a table with this schema is to be read."""
    numeric = {field.name for field in schema if pa.types.is_integer(field.type) or pa.types.is_floating(field.type)}
    return shape_of(path, list(schema.names), numeric, told)
