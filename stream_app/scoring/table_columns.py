"""The readings of a table file as the decoder would return them, without making their JSON."""

from collections.abc import Callable

import numpy as np

from connectors.files.file_readings import FileReadings, FileSensor
from schemas.reading_columns import ReadingColumns
from schemas.times import MAX_TIME_US
from stream_app.publishing.messages import Messages, TableMessages
from stream_app.scoring.parts import TablePart

# As long as a value gets, so that a sensor whose messages may be too large is not known.
_SAMPLE = b'2000-01-01T00:00:00.000000Z","value":-1.2345678901234567e-300}'
_UNKNOWN = -1

Introduce = Callable[[bytes, bytes], tuple[int, int] | None]
"""Returns row and meta of the sensor in a message (key, value), None where it is refused."""


class TableColumns:
    """The sensors of one file in one partition; `max_future_s` is how far ahead of its arrival a reading may be."""

    def __init__(self, introduce: Introduce, max_future_s: float) -> None:
        self._introduce = introduce
        self._max_future_us = round(max_future_s * 1e6)
        self._sensors: list[FileSensor] = []
        self._messages = TableMessages()
        # By sensor: its row in the partition, and what it says of itself.
        self._row, self._meta = (np.zeros(0, np.int32) for _ in range(2))

    @property
    def keys(self) -> list[bytes]:
        """The key of each sensor."""
        return self._messages.keys

    def greet(self, new: list[FileSensor]) -> None:
        """Have the partition know sensors that are new, as the decoder reads them."""
        if not new:
            return
        known = len(self._sensors)
        self._sensors += new
        self._messages.introduce(self._sensors)
        places = [
            self._introduce(key, head + _SAMPLE) or (_UNKNOWN, _UNKNOWN)
            for key, head in zip(self.keys[known:], self._messages.heads[known:], strict=True)
        ]
        row, meta = np.array(places, np.int32).T
        self._row, self._meta = np.concatenate([self._row, row]), np.concatenate([self._meta, meta])

    def is_plain(self, part: TablePart, now_ms: int) -> bool:
        """Tell whether nothing is unusual: no time out of range, no sensor that the decoder refuses."""
        latest_us = min(now_ms * 1000 + self._max_future_us, MAX_TIME_US)
        in_time = part.ts_us.min(initial=0) >= 0 and part.ts_us.max(initial=0) <= latest_us
        return bool(in_time and (self._row[part.sensor] != _UNKNOWN).all())

    def columns(self, part: TablePart, first: int) -> ReadingColumns:
        """Return the readings of a part, the first of them at offset `first`."""
        n = len(part)
        return ReadingColumns(
            row=self._row[part.sensor],
            record=np.arange(n, dtype=np.int32),
            index=np.zeros(n, np.int32),
            offset=np.arange(first, first + n),
            ts_us=part.ts_us,
            value=part.value,
            seq=np.full(n, -1),
            quality=np.zeros(n, np.uint8),
            meta=self._meta[part.sensor],
        )

    def messages(self, part: TablePart) -> Messages:
        """Return the readings of a part as messages."""
        return self._messages.of(FileReadings(self._sensors, part.sensor, part.ts_us, part.value))
