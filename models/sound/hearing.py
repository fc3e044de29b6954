"""From the frames of a batch to runs of sound at the rate of the analysis, and the features of what is complete."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.sound.frame_features import frame_features
from models.sound.framing import FRAME_SAMPLES, HOP_SAMPLES
from models.sound.gather import Runs
from models.sound.order import BROKEN, NEXT
from models.sound.resample import Resampling, resampling

TAIL_SAMPLES = FRAME_SAMPLES - 1


@dataclass(frozen=True, slots=True)
class SoundBatch:
    """n audio frames in order of arrival: columns of length n; seq −1: not known; `samples` float32 of one channel."""

    row: NDArray[np.int64]
    offset: NDArray[np.int64]
    ts_us: NDArray[np.int64]
    seq: NDArray[np.int64]
    rate_hz: NDArray[np.int64]
    channels: NDArray[np.int64]
    samples: list[NDArray[np.float32]]

    def __len__(self) -> int:
        return len(self.row)


class Hearing:
    """By row: the samples that the next frames of the analysis begin with, and the resampling of other rates."""

    def __init__(self) -> None:
        self.tail = np.zeros((0, TAIL_SAMPLES), np.float32)
        self.resampling: dict[int, Resampling] = {}

    def hear(
        self, batch: SoundBatch, states: NDArray[np.void], status: NDArray[np.uint8], missing_us: NDArray[np.int64]
    ) -> tuple[Runs, NDArray[np.float32]]:
        """Return the runs of sound in a batch and the features of all frames that are complete now."""
        by_row: defaultdict[int, list[int]] = defaultdict(list)
        for i in np.flatnonzero(status >= NEXT).tolist():
            by_row[int(batch.row[i])].append(i)
        pieces: list[NDArray[np.float32]] = [np.zeros(0, np.float32)]
        first: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        row_of, fresh, missing, ends, left = [], [], [], [], []
        feature_at, frame_at, frame, after = [0], [0], [], []
        at = 0
        for row, positions in by_row.items():
            for run in _runs(positions, status):
                is_fresh = bool(status[run[0]] == BROKEN)
                # Only the first run of a row in a batch can go on: what follows begins behind a hole.
                heard = 0 if is_fresh else int(states["run_samples"][row])
                length = 0 if is_fresh else int(states["tail_samples"][row])
                pieces.append(self.tail[row, :length])
                for i in run:
                    new = self._at_rate(row, int(batch.rate_hz[i]), batch.samples[i], is_fresh and i == run[0])
                    pieces.append(new)
                    length += len(new)
                    heard += len(new)
                    after.append(heard)
                count = max((length - FRAME_SAMPLES) // HOP_SAMPLES + 1, 0)
                first.append(at + HOP_SAMPLES * np.arange(count))
                at += length
                row_of.append(row)
                fresh.append(is_fresh)
                missing.append(int(missing_us[run[0]]))
                ends.append(at)
                left.append(length - HOP_SAMPLES * count)
                frame += run
                frame_at.append(len(frame))
                feature_at.append(feature_at[-1] + count)
        sound = np.concatenate(pieces)
        for row, end, samples in zip(row_of, ends, left, strict=True):
            self.tail[row, :samples] = sound[end - samples : end]
            self.tail[row, samples:] = 0.0
            states["tail_samples"][row] = samples
        runs = Runs(
            np.array(row_of, np.int64),
            np.array(fresh, np.uint8),
            np.array(missing, np.int64),
            *(np.array(each, np.int64) for each in (feature_at, frame_at, frame, after)),
        )
        return runs, frame_features(sound, np.concatenate(first))

    def _at_rate(self, row: int, rate_hz: int, samples: NDArray[np.float32], is_fresh: bool) -> NDArray[np.float32]:
        """Return what the next samples are at the rate of the analysis."""
        if is_fresh:
            self.forget(row)
            made = resampling(rate_hz)
            if made is not None:
                self.resampling[row] = made
        by = self.resampling.get(row)
        return samples if by is None else by.advance(samples)

    def forget(self, row: int) -> None:
        """Drop the resampling of a row."""
        self.resampling.pop(row, None)


def _runs(positions: list[int], status: NDArray[np.uint8]) -> list[list[int]]:
    """Return the positions of a row cut where something is missing."""
    runs: list[list[int]] = []
    for i in positions:
        if not runs or status[i] == BROKEN:
            runs.append([])
        runs[-1].append(i)
    return runs
