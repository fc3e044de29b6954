"""Files as messages: the same bytes whether they go to Kafka or are scored on the spot."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from connectors.files.column_map import ColumnMap
from connectors.files.file_readings import FileReadings, FileSensor
from connectors.files.open_file import is_waveform, read_table, read_waveform
from schemas.times import format_time
from schemas.topics import READINGS, SIGNALS
from stream_app.publishing.reading_json import join_readings, sensor_head, time_texts, value_texts

# Messages of one chunk: enough to be fast, few enough to look at the clock in between.
CHUNK_READINGS = 8_192
ALL = slice(None)


@dataclass(frozen=True, slots=True)
class Messages:
    """`n` messages for one topic in the order of the file: keys, values, and event times (n,) in µs since 1970.

    `units` counts what they hold: readings, or samples.
    """

    topic: str
    keys: list[bytes]
    values: list[bytes]
    ts_us: NDArray[np.int64]
    units: int


def file_messages(path: Path, name: str, told: ColumnMap, *, wave_start_us: int) -> Iterator[Messages]:
    """Yield the messages of one file; a waveform knows no time and begins at `wave_start_us`."""
    if is_waveform(path):
        yield from _wave_messages(path, name, wave_start_us)
        return
    table = TableMessages()
    for readings in read_table(path, name, told):
        for start in range(0, len(readings), CHUNK_READINGS):
            yield table.of(readings, slice(start, start + CHUNK_READINGS))


class TableMessages:
    """Makes the messages of a table file: by sensor, `keys` and `heads`, everything up to the quote before the time."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.heads: list[bytes] = []

    def introduce(self, sensors: list[FileSensor]) -> None:
        """Have keys and heads for all `sensors`, which only grow."""
        for sensor in sensors[len(self.heads) :]:
            self.heads.append(sensor_head(sensor.sensor_id, sensor.asset_id, sensor.sensor_type, sensor.unit))
            self.keys.append(sensor.key.encode())

    def of(self, readings: FileReadings, part: slice = ALL) -> Messages:
        """Return one message for each reading of a part."""
        self.introduce(readings.sensors)
        sensors = readings.sensor[part].tolist()
        ts_us = readings.ts_us[part]
        heads, values = [self.heads[sensor] for sensor in sensors], value_texts(readings.value[part])
        messages = join_readings(heads, time_texts(ts_us), values, repeat(b"}"))
        return Messages(READINGS, [self.keys[sensor] for sensor in sensors], messages, ts_us, len(messages))


def _wave_messages(path: Path, name: str, start_us: int) -> Iterator[Messages]:
    for seq, block in enumerate(read_waveform(path, name)):
        ts_us = start_us + round(block.first * 1e6 / block.rate_hz)
        value = {
            "sensor_id": block.sensor_id,
            "asset_id": block.asset_id,
            "ts": format_time(ts_us),
            "rate_hz": block.rate_hz,
            "samples": block.samples.astype("<f4").tobytes(),
            "dtype": "f4",
            "seq": seq // block.channels,
        }
        yield Messages(
            SIGNALS,
            [block.asset_id.encode()],
            [msgspec.msgpack.encode(value)],
            np.array([ts_us], np.int64),
            len(block.samples),
        )
