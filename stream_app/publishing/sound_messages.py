"""Microphone clips as audio frames, all microphones side by side in the order of time."""

import heapq
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from connectors.files.sound_folder import SoundFile, by_microphone
from schemas.errors import BadDataError
from schemas.times import format_time
from schemas.topics import AUDIO_FRAMES
from stream_app.publishing.messages import Messages

FRAME_S = 0.5
CHUNK_FRAMES = 32


def sound_messages(files: list[SoundFile], start_us: int) -> Iterator[Messages]:
    """Yield frames of FRAME_S in chunks; clips without a time of their own follow each other from `start_us` on.

    Raises BadDataError on a file that is no WAV.
    """
    microphones = [_frames(of_one, start_us) for of_one in by_microphone(files).values()]
    frames = heapq.merge(*microphones, key=lambda frame: int(frame.ts_us[0]))
    while chunk := list(islice(frames, CHUNK_FRAMES)):
        yield Messages(
            AUDIO_FRAMES,
            [key for frame in chunk for key in frame.keys],
            [value for frame in chunk for value in frame.values],
            np.concatenate([frame.ts_us for frame in chunk]),
            sum(frame.units for frame in chunk),
        )


def count_sound(files: list[SoundFile]) -> int:
    """Return how many samples the clips hold; raises BadDataError on a file that is no WAV."""
    return sum(frames * channels for _, frames, channels in (_info(file.path) for file in files))


def sound_us(files: list[SoundFile]) -> int:
    """Return how long the longest microphone's clips are, in µs; raises BadDataError on a file that is no WAV."""
    placed_us = (placed([replace(file, ts_us=None) for file in of_one], 0) for of_one in by_microphone(files).values())
    return max(end_us for of_one in placed_us for *_, end_us in of_one)


def audio_message(file: SoundFile, ts_us: int, rate_hz: int, seq: int, samples: NDArray[np.int16]) -> Messages:
    """Return samples (n, channels) as the message of one frame."""
    value = {
        "microphone_id": file.microphone_id,
        "asset_id": file.asset_id,
        "ts": format_time(ts_us),
        "rate_hz": rate_hz,
        "channels": samples.shape[1],
        "encoding": "pcm16",
        "seq": seq,
        "sound": samples.astype("<i2").tobytes(),
    }
    if file.sensor_type is not None:
        value["sensor_type"] = file.sensor_type
    content = msgspec.msgpack.encode(value)
    return Messages(AUDIO_FRAMES, [file.asset_id.encode()], [content], np.array([ts_us], np.int64), samples.size)


def placed(files: list[SoundFile], start_us: int) -> Iterator[tuple[SoundFile, int, int]]:
    """Yield the clips of one microphone, each with the times of its begin and end."""
    end_us = start_us
    for file in files:
        rate_hz, frames, _ = _info(file.path)
        begin_us = end_us if file.ts_us is None else file.ts_us
        end_us = begin_us + round(frames * 1e6 / rate_hz)
        yield file, begin_us, end_us


def _frames(files: list[SoundFile], start_us: int) -> Iterator[Messages]:
    import soundfile

    seq = 0
    for file, begin_us, _ in placed(files, start_us):
        first = 0
        try:
            with soundfile.SoundFile(file.path) as sound:
                rate_hz = sound.samplerate
                for block in sound.blocks(round(FRAME_S * rate_hz), dtype="int16", always_2d=True):
                    yield audio_message(file, begin_us + round(first * 1e6 / rate_hz), rate_hz, seq, block)
                    first += len(block)
                    seq += 1
        except (soundfile.LibsndfileError, RuntimeError) as error:
            raise _broken(file.path, error) from error


def _info(path: Path) -> tuple[int, int, int]:
    """Return rate in Hz, number of samples and of channels of a WAV file."""
    import soundfile

    try:
        info = soundfile.info(path)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise _broken(path, error) from error
    return int(info.samplerate), int(info.frames), int(info.channels)


def _broken(path: Path, error: Exception) -> BadDataError:
    return BadDataError(f"{path} is no readable WAV file: {error}; repair the file.")
