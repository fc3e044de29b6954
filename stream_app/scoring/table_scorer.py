"""The readings of a table file scored as columns: what the JSON of each would lead to, without making it."""

import numpy as np
from numpy.typing import NDArray

from agents.outputs import Output
from agents.readings import ReadingsPartition
from connectors.files.file_readings import FileReadings, FileSensor
from schemas.reading_columns import ReadingColumns
from schemas.times import MAX_TIME_US
from schemas.topics import READINGS
from stream_app.publishing.messages import TableMessages
from stream_app.scoring.scorer import ByPartition, Scorer

# As long as a value gets, so that a sensor whose messages may be too large is not known.
_SAMPLE = b'2000-01-01T00:00:00.000000Z","value":-1.2345678901234567e-300}'
_UNKNOWN = -1


class TableScorer:
    """Scores one file; `max_future_s` is how far ahead of the time of arrival a reading may be.

    Blocks with anything unusual in them (a time out of range, a sensor that the decoder refuses) go as JSON, so that
    what is refused is refused as in the stream.
    """

    def __init__(self, scorer: Scorer, max_future_s: float) -> None:
        self._scorer = scorer
        self._max_future_us = round(max_future_s * 1e6)
        self._messages = TableMessages()
        # By sensor of the file: its partition, and there its row and what it says of itself.
        self._number, self._row, self._meta = (np.zeros(0, np.int32) for _ in range(3))

    def score(self, readings: FileReadings) -> ByPartition:
        """Return what the next block of the file leads to."""
        self._introduce(readings.sensors)
        if not self._is_plain(readings):
            return self._scorer.score(self._messages.of(readings))
        # Numbers of two bytes are sorted by their digits, four times as fast.
        number = self._number.astype(np.uint16)[readings.sensor]
        order = np.argsort(number, kind="stable")
        ends = np.cumsum(np.bincount(number, minlength=self._scorer.partition_count))
        parts = np.split(order, ends[:-1])
        return [
            (at, self._score_part(at, readings, part))
            for at, part in enumerate(parts)
            if len(part) and at in self._scorer.chosen
        ]

    def _introduce(self, sensors: list[FileSensor]) -> None:
        """Have the partitions know sensors that are new, as the decoder reads them."""
        known = len(self._number)
        if len(sensors) == known:
            return
        self._messages.introduce(sensors)
        places: list[tuple[int, int, int]] = []
        for key, head in zip(self._messages.keys[known:], self._messages.heads[known:], strict=True):
            number = self._scorer.partition_of(key)
            place = self._partition(number).introduce(key, head + _SAMPLE) if number in self._scorer.chosen else (0, 0)
            places.append((number, *(place or (_UNKNOWN, _UNKNOWN))))
        added = np.array(places, np.int32).T
        self._number = np.concatenate([self._number, added[0]])
        self._row = np.concatenate([self._row, added[1]])
        self._meta = np.concatenate([self._meta, added[2]])

    def _is_plain(self, readings: FileReadings) -> bool:
        latest_us = min(self._scorer.now_ms() * 1000 + self._max_future_us, MAX_TIME_US)
        ts_us = readings.ts_us
        in_time = ts_us.min(initial=0) >= 0 and ts_us.max(initial=0) <= latest_us
        return bool(in_time and (self._row[readings.sensor] != _UNKNOWN).all())

    def _score_part(self, number: int, readings: FileReadings, part: NDArray[np.int64]) -> list[Output]:
        n, sensor = len(part), readings.sensor[part]
        first = self._scorer.take_offsets(READINGS, number, n)
        columns = ReadingColumns(
            row=self._row[sensor],
            record=np.arange(n, dtype=np.int32),
            index=np.zeros(n, np.int32),
            offset=np.arange(first, first + n),
            ts_us=readings.ts_us[part],
            value=readings.value[part],
            seq=np.full(n, -1),
            quality=np.zeros(n, np.uint8),
            meta=self._meta[sensor],
        )
        keys = self._messages.keys
        return self._scorer.count(self._partition(number).take(columns, lambda at: keys[sensor[at]]))

    def _partition(self, number: int) -> ReadingsPartition:
        partition = self._scorer.partition(READINGS, number)
        assert isinstance(partition, ReadingsPartition)
        return partition
