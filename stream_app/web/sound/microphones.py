"""The microphones heard of while somebody looks, and of those that are looked at the last minute as log-mel columns."""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from connectors.kafka.follow import HeadedRecord
from models.sound.frame_features import frame_features
from models.sound.framing import FRAME_SAMPLES, HOP_SAMPLES, RATE_HZ
from models.sound.mel import MEL_BANDS
from models.sound.picture import DB
from models.sound.resample import Resampling, is_known_rate, resampling
from schemas.audio_frame import AudioFrame
from schemas.audio_message import decode_audio
from schemas.records import RecordColumns
from schemas.topics import AUDIO_FRAMES
from stream_app.web.interest import Interest

KEPT_COLUMNS = 1_920
COLUMN_S = HOP_SAMPLES / RATE_HZ
LOOKED_AT_S = 15.0
LISTED_S = 3.0
_MOST_MICROPHONES = 5_000
_MOST_GAP_US = 50_000


class Microphone:
    """What is known of one microphone; `columns` (n, MEL_BANDS) in dB are the newest of `made`."""

    def __init__(self, frame: AudioFrame, partition: int) -> None:
        self.partition = partition
        self.microphone_id, self.asset_id, self.sensor_type = frame.microphone_id, frame.asset_id, frame.sensor_type
        self.rate_hz = frame.rate_hz
        self.ts_us = 0
        self.level_db = -120.0
        self.made = 0
        self.columns = np.zeros((0, MEL_BANDS), np.int16)
        self._looked_until_s = 0.0
        self._held = np.zeros(0, np.float32)
        self._next_us = 0
        self._resampling: Resampling | None = None

    def look_at(self) -> None:
        """Make columns from now on, for LOOKED_AT_S."""
        self._looked_until_s = time.monotonic() + LOOKED_AT_S

    @property
    def is_looked_at(self) -> bool:
        """Whether columns are made."""
        return time.monotonic() <= self._looked_until_s

    def take(self, frame: AudioFrame) -> None:
        """Take a frame; one that comes late, or again, is left out."""
        if frame.ts_us <= self.ts_us:
            return
        samples = frame.samples.mean(axis=1, dtype=np.float32)
        self.ts_us, self.asset_id, self.sensor_type = frame.ts_us, frame.asset_id, frame.sensor_type
        self.level_db = 20.0 * float(np.log10(max(float(np.sqrt(np.mean(np.square(samples)))), 1e-6)))
        if not self.is_looked_at or not is_known_rate(frame.rate_hz):
            self._next_us = 0
            return
        if abs(frame.ts_us - self._next_us) > _MOST_GAP_US or frame.rate_hz != self.rate_hz:
            self._held = np.zeros(0, np.float32)
            self._resampling = resampling(frame.rate_hz)
        self.rate_hz = frame.rate_hz
        self._next_us = frame.ts_us + round(len(samples) * 1e6 / frame.rate_hz)
        fresh = samples if self._resampling is None else self._resampling.advance(samples)
        self._held = np.concatenate([self._held, fresh])
        count = max((len(self._held) - FRAME_SAMPLES) // HOP_SAMPLES + 1, 0)
        if count:
            features = frame_features(self._held, HOP_SAMPLES * np.arange(count))
            self._held = self._held[count * HOP_SAMPLES :]
            decibel = np.round(features[:, :MEL_BANDS] * DB).astype(np.int16)
            self.columns = np.concatenate([self.columns, decibel])[-KEPT_COLUMNS:]
            self.made += count

    def since(self, after: int) -> tuple[int, NDArray[np.int16]]:
        """Return the number of the first column behind number `after` that is held, and all from there on."""
        first = max(after + 1, self.made - len(self.columns))
        return first, self.columns[len(self.columns) - (self.made - first) :] if first < self.made else self.columns[:0]


class Microphones:
    """All of them by id; those not heard of for longest are forgotten first. Whoever reads holds `lock`."""

    def __init__(self) -> None:
        self.lock = threading.Condition()
        self._found: OrderedDict[str, Microphone] = OrderedDict()
        self._listed_until_s = float("-inf")

    def look_at_all(self) -> None:
        """Hear all of them for LISTED_S; frames of the last seconds are enough to know them."""
        self._listed_until_s = time.monotonic() + LISTED_S

    def interest(self) -> Interest:
        """Return the partitions that are to be read: all while a list was wanted, else of what is looked at."""
        if time.monotonic() <= self._listed_until_s:
            return None
        with self.lock:
            return frozenset(one.partition for one in self._found.values() if one.is_looked_at)

    def take(self, records: Sequence[HeadedRecord]) -> int:
        """Take records of the topic of audio frames; return how many frames they held."""
        plain = [record[:4] for record in records]
        headers = [[(name, value) for name, value in record[4] if value is not None] for record in records]
        frames, _ = decode_audio(RecordColumns.of(AUDIO_FRAMES, 0, plain, headers))
        with self.lock:
            self.lock.notify_all()
            for frame in frames:
                partition = records[frame.record][5]
                one = self._found.pop(frame.microphone_id, None) or Microphone(frame, partition)
                one.partition = partition
                one.take(frame)
                self._found[frame.microphone_id] = one
            while len(self._found) > _MOST_MICROPHONES:
                self._found.popitem(last=False)
        return len(frames)

    def get(self, microphone_id: str) -> Microphone | None:
        """Return a microphone, or None where it was not heard of."""
        return self._found.get(microphone_id)

    def all(self) -> list[Microphone]:
        """Return all in order of their names."""
        return [self._found[name] for name in sorted(self._found)]
