"""Real sound as audio frames, for tests: the same samples in frames of any size and any encoding."""

import io
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import soundfile
from numpy.typing import NDArray

START_US = 1_767_225_600_000_000
RATE_HZ = 16_000

Message = tuple[bytes, list[tuple[str, bytes]]]


def clip(folder: Path, name: str) -> NDArray[np.int16]:
    """Return the samples of a real clip."""
    samples, rate_hz = soundfile.read(folder / f"{name}.wav", dtype="int16")
    assert rate_hz == RATE_HZ
    return np.asarray(samples, np.int16)


def encoded(samples: NDArray[np.int16], encoding: str, rate_hz: int = RATE_HZ) -> bytes:
    """Return samples (n,) or (n, channels) as pcm16, flac or wav."""
    if encoding == "pcm16":
        return samples.astype("<i2").tobytes()
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format=encoding.upper(), subtype="PCM_16")
    return file.getvalue()


def frames(
    microphone_id: str, samples: NDArray[np.int16], size: int, encoding: str, form: str, rate_hz: int = RATE_HZ
) -> Iterator[Message]:
    """Yield messages of `size` samples each, `form` headers, msgpack or json, with their headers."""
    for seq, first in enumerate(range(0, len(samples), size)):
        sound = encoded(samples[first : first + size], encoding, rate_hz)
        ts_us = START_US + round(first * 1e6 / rate_hz)
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        fields = {"microphone_id": microphone_id, "ts": ts_us, "rate_hz": rate_hz, "channels": channels}
        fields |= {"encoding": encoding, "seq": seq}
        if form == "headers":
            yield sound, [(name, str(value).encode()) for name, value in fields.items()]
        else:
            # msgspec writes bytes as base64 in JSON.
            encode = msgspec.msgpack.encode if form == "msgpack" else msgspec.json.encode
            yield encode(fields | {"sound": sound}), []
