"""Clip statistics as a stream: sums of a hop, a ring of hops, and the mean and deviation over all of the ring.

A hop holds the frames of sound that end in it, so that a clip of whole hops holds what an offline look at the same span
holds. Frames are added one by one in their order: however the sound was cut into messages, the sums are the same.
Source: Chan, T. F., Golub, G. H. and LeVeque, R. J. (1979), Updating formulae and a pairwise algorithm for computing
sample variances, Stanford STAN-CS-79-773.
"""

from math import inf, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.kernel import Record, kernel
from models.sound.columns import (
    CLIPPED_AT,
    FIRST_DELTA,
    FIRST_MFCC,
    FIRST_SPECTRAL,
    FRAME_COLUMNS,
    MFCC,
    RMS_AT,
)
from models.sound.framing import FRAME_SAMPLES, HOP_SAMPLES
from models.sound.looks import Looks
from models.sound.mel import MEL_BANDS

COLUMNS = len(FRAME_COLUMNS)
DELTA_FRAMES = 9
"""The delta of a frame is the slope of a line through it and four frames on each side, as librosa's by default."""

_SLOPE = 60.0  # 2 · (1² + 2² + 3² + 4²)
MEAN, DEVIATION = 0, 1


class Sums(NamedTuple):
    """By row: sums and squares of the open hop (rows, 2, COLUMNS); the ring's means and sums of squared deviations
    (rows, hops, 2, COLUMNS) and its counts of frames and of deltas (rows, hops, 2); the last MFCCs (rows, 8, MFCC).
    """

    open: NDArray[np.float64]
    ring: NDArray[np.float32]
    counts: NDArray[np.int32]
    mfcc: NDArray[np.float32]


@kernel
def follow(
    state: Record,
    row: int,
    sums: Sums,
    hop_samples: int,
    features: NDArray[np.float32],
    samples: int,
    looks: Looks,
    at: int,
) -> int:
    """Take in the next frames of a run that is `samples` long by now; write a look from `at` on for each of its hops.

    Returns the place behind the last look.
    """
    hops = sums.ring.shape[1]
    for i in range(len(features)):
        end = state.run_frames * HOP_SAMPLES + FRAME_SAMPLES
        while end > (state.run_hops + 1) * hop_samples:
            at = _close(state, row, sums, hop_samples, hops, looks, at)
        _delta(state, sums.mfcc[row], features[i])
        total, square = sums.open[row, 0], sums.open[row, 1]
        for j in range(COLUMNS):
            value = np.float64(features[i, j])
            total[j] += value
            square[j] += value * value
        state.run_frames += 1
        state.hop_frames += 1
        state.hop_deltas += state.run_frames >= DELTA_FRAMES
    while samples >= (state.run_hops + 1) * hop_samples:
        at = _close(state, row, sums, hop_samples, hops, looks, at)
    state.run_samples = samples
    return at


@kernel
def begin(state: Record, row: int, sums: Sums) -> None:
    """Forget what came before: a new run of sound begins."""
    state.run_samples = 0
    state.run_frames = 0
    state.run_hops = 0
    state.hop_frames = 0
    state.hop_deltas = 0
    sums.open[row] = 0.0
    sums.ring[row] = 0.0
    sums.counts[row] = 0
    sums.mfcc[row] = 0.0


@kernel
def _delta(state: Record, last: NDArray[np.float32], row: NDArray[np.float32]) -> None:
    """Write the delta of the frame four before this one, and remember this one's MFCCs."""
    kept = DELTA_FRAMES - 1
    if state.run_frames >= kept:
        for c in range(MFCC):
            slope = 4.0 * (np.float64(row[FIRST_MFCC + c]) - last[0, c])
            slope += 3.0 * (np.float64(last[7, c]) - last[1, c])
            slope += 2.0 * (np.float64(last[6, c]) - last[2, c])
            slope += np.float64(last[5, c]) - last[3, c]
            row[FIRST_DELTA + c] = slope / _SLOPE
    for k in range(kept - 1):
        for c in range(MFCC):
            last[k, c] = last[k + 1, c]
    for c in range(MFCC):
        last[kept - 1, c] = row[FIRST_MFCC + c]


@kernel
def _close(
    state: Record,
    row: int,
    sums: Sums,
    hop_samples: int,
    hops: int,
    looks: Looks,
    at: int,
) -> int:
    """Put the open hop into the ring and write the look at it; there is a clip where the ring is full of the run."""
    slot = state.run_hops % hops
    total, square = sums.open[row, 0], sums.open[row, 1]
    sums.counts[row, slot, 0] = state.hop_frames
    sums.counts[row, slot, 1] = state.hop_deltas
    for j in range(COLUMNS):
        n = state.hop_deltas if FIRST_DELTA <= j < FIRST_SPECTRAL else state.hop_frames
        mean = total[j] / n if n > 0 else 0.0
        sums.ring[row, slot, MEAN, j] = mean
        sums.ring[row, slot, DEVIATION, j] = max(square[j] - n * mean * mean, 0.0)
    sums.open[row] = 0.0
    state.hop_frames = 0
    state.hop_deltas = 0
    state.run_hops += 1
    looks.row[at] = row
    looks.end[at] = state.run_hops * hop_samples
    looks.rms[at] = sums.ring[row, slot, MEAN, RMS_AT]
    looks.clipped[at] = sums.ring[row, slot, MEAN, CLIPPED_AT]
    looks.is_clip[at] = state.run_hops >= hops
    if state.run_hops >= hops:
        _summarise(sums, row, state.run_hops % hops, looks.clip[at])
        looks.swing[at] = _swing(sums.ring[row])
    return at + 1


@kernel
def _swing(ring: NDArray[np.float32]) -> float:
    """Return by how much the level (mean log-mel) of the hops differs."""
    lowest, highest = inf, -inf
    for h in range(ring.shape[0]):
        level = 0.0
        for j in range(MEL_BANDS):
            level += ring[h, MEAN, j]
        lowest, highest = min(lowest, level), max(highest, level)
    return (highest - lowest) / MEL_BANDS


@kernel
def _summarise(sums: Sums, row: int, oldest: int, clip: NDArray[np.float32]) -> None:
    """Write mean and standard deviation of every column over the ring, hop after hop from the oldest on."""
    ring, counts = sums.ring[row], sums.counts[row]
    hops = ring.shape[0]
    for j in range(COLUMNS):
        which = 1 if FIRST_DELTA <= j < FIRST_SPECTRAL else 0
        n, total = 0, 0.0
        for h in range(hops):
            slot = (oldest + h) % hops
            n += counts[slot, which]
            total += counts[slot, which] * np.float64(ring[slot, MEAN, j])
        mean = total / n if n > 0 else 0.0
        square = 0.0
        for h in range(hops):
            slot = (oldest + h) % hops
            off = np.float64(ring[slot, MEAN, j]) - mean
            square += np.float64(ring[slot, DEVIATION, j]) + counts[slot, which] * off * off
        deviation = sqrt(square / n) if n > 0 else 0.0
        # In a clip log-mel's means and deviations come first, then those of the rest.
        others = COLUMNS - MEL_BANDS
        clip[j if j < MEL_BANDS else j + MEL_BANDS] = mean
        clip[MEL_BANDS + j if j < MEL_BANDS else j + MEL_BANDS + others] = deviation
