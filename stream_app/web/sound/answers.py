"""What is answered about sound: pictures and clips of anomalies."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from stream_app.web.anomaly_log import Anomaly
from stream_app.web.answers import Answer
from stream_app.web.sound.archive import SoundArchive
from stream_app.web.sound.kept_clips import KeptClips

_PICTURES = 64


class MicrophoneRow(Answer):
    """A microphone as it is now; `level_db` is that of its last frame, full scale is 0."""

    microphone_id: str
    asset_id: str
    sensor_type: str | None
    rate_hz: int
    last_ts: str
    level_db: float


class MicrophoneList(Answer):
    """Microphones in order of their names; `clips_kept` tells whether the sound of anomalies is kept."""

    microphones: list[MicrophoneRow]
    clips_kept: bool


class Waterfall(Answer):
    """Log-mel columns in dB, number `first` and on, each `column_s` after the one before it, the lowest band first.

    `rate_hz` and `level_db` are those of the last frame, full scale is 0 dB.
    """

    microphone_id: str
    ts: str
    rate_hz: int
    level_db: float
    column_s: float
    band_hz: list[float]
    first: int
    columns: list[list[int]]


@dataclass
class SoundAnswers:
    """The archive (None in tests and documents), and the clips kept, if any."""

    archive: SoundArchive | None = None
    kept: KeptClips | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pictures: OrderedDict[str, bytes] = field(default_factory=OrderedDict)

    def picture(self, anomaly: Anomaly) -> bytes | None:
        """Return the picture of an anomaly, made once; None where its sound is not held."""
        with self._lock:
            known = self._pictures.get(anomaly.anomaly_id)
        if known is not None or self.archive is None:
            return known
        made = self.archive.picture(anomaly)
        if made is not None:
            with self._lock:
                self._pictures[anomaly.anomaly_id] = made
                while len(self._pictures) > _PICTURES:
                    self._pictures.popitem(last=False)
        return made
