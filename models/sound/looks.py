"""Looks at microphones, one for each hop that ended: what was seen, where, and what became of it."""

from math import nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.sound.columns import CLIP_COLUMNS


class Looks(NamedTuple):
    """m hops that ended: `end` counts samples of the run; mean `rms` and share of `clipped` samples of the hop.

    Where `is_clip`, `clip` (m, CLIP_COLUMNS) describes the whole span, in which the level of the hops differs by
    `swing` natural logarithms of power.
    """

    row: NDArray[np.int64]
    end: NDArray[np.int64]
    rms: NDArray[np.float32]
    clipped: NDArray[np.float32]
    is_clip: NDArray[np.uint8]
    swing: NDArray[np.float32]
    clip: NDArray[np.float32]

    @classmethod
    def of(cls, m: int) -> "Looks":
        """Return room for m looks."""
        row, end = np.zeros(m, np.int64), np.zeros(m, np.int64)
        rms, clipped, swing = (np.zeros(m, np.float32) for _ in range(3))
        return cls(row, end, rms, clipped, np.zeros(m, np.uint8), swing, np.zeros((m, len(CLIP_COLUMNS)), np.float32))

    def first(self, m: int) -> "Looks":
        """Return the first m looks."""
        row, end, rms, clipped, is_clip, swing, clip = self
        return Looks(row[:m], end[:m], rms[:m], clipped[:m], is_clip[:m], swing[:m], clip[:m])


class Places(NamedTuple):
    """Of m looks: the frame in the batch that completed it, the how-manieth of that frame, its offset, its end."""

    position: NDArray[np.int64]
    nth: NDArray[np.int64]
    offset: NDArray[np.int64]
    ts_us: NDArray[np.int64]


class Judged(NamedTuple):
    """Of m looks: number of the clip among its microphone's, −1 none; what the detector said; −log10 p; flags."""

    clip: NDArray[np.int64]
    distance: NDArray[np.float64]
    score: NDArray[np.float64]
    learned: NDArray[np.uint8]
    open: NDArray[np.uint8]
    unhealthy: NDArray[np.uint8]

    @classmethod
    def of(cls, m: int) -> "Judged":
        """Return room for m looks."""
        learned, opened, unhealthy = (np.zeros(m, np.uint8) for _ in range(3))
        return cls(np.full(m, -1, np.int64), np.full(m, nan), np.full(m, nan), learned, opened, unhealthy)


class Learned(NamedTuple):
    """By row: profiles to learn from (rows, KEPT_ROWS, MEL_BANDS); usual means and scales of them (rows, MEL_BANDS)."""

    kept: NDArray[np.float32]
    usual: NDArray[np.float32]
    scale: NDArray[np.float32]
