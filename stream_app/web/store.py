"""All that the page shows, filled by the feeds and read by the requests, one at a time."""

import threading
import time
from collections.abc import Sequence

from schemas.reading_decoder import ReadingDecoder
from schemas.records import RecordColumns
from schemas.signal_message import decode_signals
from schemas.topics import READINGS, SIGNALS
from stream_app.web.anomaly_log import AnomalyLog
from stream_app.web.bands import Bands
from stream_app.web.health_book import HealthBook
from stream_app.web.learning.books import Learned
from stream_app.web.sensor_book import SensorBook
from stream_app.web.spectra import Spectra

Record = tuple[int, int, bytes | None, bytes | None]
"""Offset, timestamp in ms since 1970, key and value."""


class Store:
    """The books, and the lock that whoever reads several facts of them holds."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.sensors = SensorBook()
        self.anomalies = AnomalyLog()
        self.health = HealthBook()
        self.spectra = Spectra()
        self.bands = Bands(self.sensors.index)
        self.learned = Learned()
        self._decoder = ReadingDecoder(self.sensors.index)

    def take_readings(self, records: Sequence[Record]) -> int:
        """Take records of the readings topic, of any partitions; return how many readings they held."""
        columns = RecordColumns.of(READINGS, 0, records)
        with self.lock:
            decoded = self._decoder.decode(columns)
            self.sensors.take(decoded.columns, time.monotonic())
        return len(decoded.columns)

    def take_signals(self, records: Sequence[Record]) -> int:
        """Take records of the signals topic; return how many blocks they held."""
        blocks, _ = decode_signals(RecordColumns.of(SIGNALS, 0, records))
        for block in blocks:
            with self.lock:
                self.spectra.take(block, self.anomalies.is_open(block.asset_id, block.sensor_id))
        return len(blocks)

    def take_anomalies(self, records: Sequence[Record]) -> int:
        """Take records of the anomalies topic; return how many of them were news."""
        with self.lock:
            return sum(self.anomalies.take(value) for _, _, _, value in records if value)

    def take_health(self, records: Sequence[Record]) -> int:
        """Take records of the sensor health topic; return how many of them were such."""
        with self.lock:
            return sum(self.health.take(value) for _, _, _, value in records if value)

    def take_features(self, records: Sequence[Record]) -> int:
        """Take records of the features topic; return how many of them had a band."""
        taken = 0
        for _, _, _, value in records:
            with self.lock:
                taken += value is not None and self.bands.take(value)
        return taken

    def take_models(self, records: Sequence[Record]) -> int:
        """Take records of the models topic; return how many of them were news."""
        with self.lock:
            return sum(self.learned.models.take(value) for _, _, _, value in records if value)

    def take_drift(self, records: Sequence[Record]) -> int:
        """Take records of the drift topic; return how many of them were news."""
        with self.lock:
            return sum(self.learned.drift.take(value) for _, _, _, value in records if value)

    def take_retraining(self, records: Sequence[Record]) -> int:
        """Take records of the retraining topic; return how many of them were news."""
        with self.lock:
            return sum(self.learned.retraining.take(value) for _, _, _, value in records if value)
