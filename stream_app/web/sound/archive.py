"""The sound around an anomaly, read back from Kafka: as a picture against normal, and as a clip."""

import io
import wave
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.reader import read_all
from connectors.pictures.logmel_png import Panel, logmel_png
from models.sound.frame_features import frame_features
from models.sound.framing import FRAME_SAMPLES, HOP_SAMPLES, RATE_HZ
from models.sound.mel import MEL_BANDS, mel_edges_hz
from models.sound.picture import LARGEST_DIFFERENCE_DB, logmel_panels
from models.sound.resample import is_known_rate, resampling
from schemas.audio_frame import AudioFrame
from schemas.audio_message import decode_audio
from schemas.records import RecordColumns
from schemas.times import parse_time
from stream_app.web.anomaly_log import Anomaly

NORMAL_S = (22.0, 10.0)
"""The normal stretch, in seconds before the onset: a clip that is strange at the onset began later than that."""

BEFORE_S = 3.0
LONGEST_S = 30.0
_RECORDS_BACK = (256, 2_048, 8_192)
BAND_HZ: tuple[float, ...] = tuple(mel_edges_hz(RATE_HZ)[1:-1].tolist())


class Stretch(NamedTuple):
    """Sound from `begin_us` on: `samples` (n,) at RATE_HZ, NaN where none was heard."""

    begin_us: int
    samples: NDArray[np.float32]

    def part(self, from_us: int, to_us: int) -> NDArray[np.float32]:
        """Return the samples between two times, as far as they are held."""
        begin, end = (round((at - self.begin_us) * RATE_HZ / 1e6) for at in (from_us, to_us))
        return self.samples[max(begin, 0) : max(end, 0)]


class SoundArchive:
    """Reads what Kafka still holds; the topic's retention is that of the archive."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection

    def picture(self, anomaly: Anomaly) -> bytes | None:
        """Return a PNG of the anomaly's sound against normal, or None where that sound is not held (any more)."""
        stretch = self.stretch(anomaly)
        if stretch is None:
            return None
        onset_us, end_us = parse_time(anomaly.start_ts), parse_time(anomaly.ts)
        normal = _logmel(stretch.part(*(onset_us - round(back * 1e6) for back in NORMAL_S)))
        now = _logmel(stretch.part(onset_us - round(BEFORE_S * 1e6), end_us))
        if not np.isfinite(now).any():
            return None
        panels = logmel_panels(now, normal if np.isfinite(normal).any() else now)
        seconds = len(now) * HOP_SAMPLES / RATE_HZ
        shown = [
            Panel("normal", panels.normal, len(normal) * HOP_SAMPLES / RATE_HZ),
            Panel("anomaly", panels.now, seconds),
            Panel("difference", panels.difference, seconds),
        ]
        note = (
            f"levels {panels.low_db:.0f} to {panels.high_db:.0f} dB; difference: blue less, orange more, "
            f"full colour at {LARGEST_DIFFERENCE_DB:g} dB"
        )
        return logmel_png(f"{anomaly.sensor_id}, onset {anomaly.start_ts[:19]}Z", shown, BAND_HZ, note)

    def clip(self, anomaly: Anomaly) -> bytes | None:
        """Return the anomaly's sound as a WAV file, or None where it is not held (any more)."""
        stretch = self.stretch(anomaly)
        if stretch is None:
            return None
        begin_us = parse_time(anomaly.start_ts) - round(BEFORE_S * 1e6)
        samples = np.nan_to_num(stretch.part(begin_us, parse_time(anomaly.ts)))
        if not len(samples):
            return None
        content = io.BytesIO()
        with wave.open(content, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(np.round(np.clip(samples, -1.0, 1.0) * 32_767).astype("<i2").tobytes())
        return content.getvalue()

    def stretch(self, anomaly: Anomaly) -> Stretch | None:
        """Return the sound from NORMAL_S before the onset to the raising; raises UnavailableError without Kafka."""
        if anomaly.lane != "audio" or anomaly.source is None:
            return None
        onset_us, end_us = parse_time(anomaly.start_ts), parse_time(anomaly.ts)
        begin_us = max(onset_us, end_us - round(LONGEST_S * 1e6)) - round(NORMAL_S[0] * 1e6)
        heard: list[AudioFrame] = []
        for back in _RECORDS_BACK:
            heard = list(self._frames(anomaly, back))
            if heard and (heard[0].ts_us <= begin_us or back >= anomaly.source.first_offset):
                break
        return _joined(heard, anomaly.sensor_id, begin_us, end_us) if heard else None

    def _frames(self, anomaly: Anomaly, back: int) -> Iterator[AudioFrame]:
        """Yield the frames of the anomaly's microphone, from so many records before it on, in order of time."""
        source = anomaly.source
        assert source is not None
        first = max(source.first_offset - back, 0)
        found: list[AudioFrame] = []
        for message in read_all(self._connection, source.topic, {source.partition: first}):
            if message.offset > source.last_offset:
                break
            record = (message.offset, message.timestamp_ms, message.key, message.value)
            headers = [(name, value) for name, value in message.headers if value is not None]
            frames, _ = decode_audio(RecordColumns.of(source.topic, source.partition, [record], [headers]))
            found += [frame for frame in frames if _channel(frame, anomaly.sensor_id) is not None]
        yield from sorted(found, key=lambda frame: frame.ts_us)


def _channel(frame: AudioFrame, sensor_id: str) -> NDArray[np.float32] | None:
    """Return the samples that the sensor heard of a frame: the mean of the channels, or one that was kept apart."""
    if frame.microphone_id == sensor_id:
        mixed: NDArray[np.float32] = frame.samples.mean(axis=1, dtype=np.float32)
        return mixed
    microphone_id, _, channel = sensor_id.rpartition("/ch")
    if frame.microphone_id == microphone_id and channel.isdigit() and 1 <= int(channel) <= frame.samples.shape[1]:
        return frame.samples[:, int(channel) - 1]
    return None


def _joined(frames: list[AudioFrame], sensor_id: str, begin_us: int, end_us: int) -> Stretch:
    samples = np.full(max(round((end_us - begin_us) * RATE_HZ / 1e6), 0), np.nan, np.float32)
    made, rate_hz = None, 0
    for frame in frames:
        heard = _channel(frame, sensor_id)
        if heard is None or not is_known_rate(frame.rate_hz):
            continue
        if frame.rate_hz != rate_hz:
            made, rate_hz = resampling(frame.rate_hz), frame.rate_hz
        at_rate = np.ascontiguousarray(heard) if made is None else made.advance(np.ascontiguousarray(heard))
        first = round((frame.ts_us - begin_us) * RATE_HZ / 1e6)
        inside = slice(max(first, 0), max(min(first + len(at_rate), len(samples)), 0))
        samples[inside] = at_rate[inside.start - first : inside.stop - first]
    return Stretch(begin_us, samples)


def _logmel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return log-mel (frames, MEL_BANDS), NaN for a frame of which something was not heard; at least one frame."""
    count = (len(samples) - FRAME_SAMPLES) // HOP_SAMPLES + 1
    if count < 1:
        return np.full((1, MEL_BANDS), np.nan, np.float32)
    begins = HOP_SAMPLES * np.arange(count)
    rows = frame_features(np.nan_to_num(samples), begins)[:, :MEL_BANDS].copy()
    missing = np.concatenate([[0], np.cumsum(np.isnan(samples))])
    rows[missing[begins + FRAME_SAMPLES] > missing[begins]] = np.nan
    return rows
