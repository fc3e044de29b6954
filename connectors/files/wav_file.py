"""Waveform blocks from WAV files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from schemas.errors import BadDataError

MAX_BLOCK_SAMPLES = 65_536


@dataclass(frozen=True, slots=True)
class WaveBlock:
    """Consecutive samples of one of `channels` channels, float32 in -1 to 1; `first` is the place of the first."""

    sensor_id: str
    asset_id: str
    first: int
    rate_hz: int
    channels: int
    samples: NDArray[np.float32]


def count_samples(path: Path) -> int:
    """Return how many samples the channels of a WAV file hold together."""
    info = soundfile.info(path)
    return int(info.frames * info.channels)


def read_wav(path: Path, name: str) -> Iterator[WaveBlock]:
    """Yield blocks of at most a second, channel after channel; raises BadDataError for what is no WAV."""
    try:
        with soundfile.SoundFile(path) as file:
            size = min(file.samplerate, MAX_BLOCK_SAMPLES)
            first = 0
            for block in file.blocks(size, dtype="float32", always_2d=True):
                for channel in range(block.shape[1]):
                    samples = np.ascontiguousarray(block[:, channel])
                    yield WaveBlock(f"{name}/ch{channel + 1}", name, first, file.samplerate, block.shape[1], samples)
                first += len(block)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise BadDataError(f"{path} is no readable WAV file: {error}; repair the file.") from error
