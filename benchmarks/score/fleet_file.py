"""A seeded table of many sensors, one reading a row, as CSV or Parquet."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

TICKS_AT_ONCE = 500
START_US = 1_735_689_600_000_000
_TYPES = ("temperature", "vibration", "pressure", "current")


def write(path: Path, sensors: int, ticks: int) -> None:
    """Write `sensors` sensors, four an asset, once a second; mostly healthy, as in the load of throughput."""
    schema = pa.schema([("ts", pa.timestamp("us", "UTC")), ("sensor_id", pa.string()), ("value", pa.float64())])
    writer = pa_csv.CSVWriter(path, schema) if path.suffix == ".csv" else pq.ParquetWriter(path, schema)
    with writer:
        for columns in _tables(sensors, ticks):
            writer.write_table(pa.table(columns, schema))


def _tables(sensors: int, ticks: int) -> Iterator[list[pa.Array]]:
    random = np.random.default_rng(1)
    names = pa.array([f"pump-{i // 4:05d}/{_TYPES[i % 4]}" for i in range(sensors)])
    phase, faulty = random.uniform(0, 2 * np.pi, sensors), random.random(sensors) < 0.01
    for first in range(0, ticks, TICKS_AT_ONCE):
        tick = np.arange(first, min(ticks, first + TICKS_AT_ONCE))[:, None]
        values = 60 + 3 * np.sin(phase + tick / 300) + random.normal(size=(len(tick), sensors))
        values += 48 * (faulty & (tick % 1000 >= 960))
        ts_us = np.repeat(START_US + 1_000_000 * tick[:, 0], sensors)
        which = pa.array(np.tile(np.arange(sensors, dtype=np.int32), len(tick)))
        yield [pa.array(ts_us, pa.timestamp("us", "UTC")), names.take(which), pa.array(values.round(4).ravel())]
