"""What a microphone's clips are usually like, learned from its first ones, and how far a clip is from that.

A plain gain moves all log-mel bands alike: the mean over the bands is taken out of the means before anything is learned
or judged, so that a louder or more distant microphone is no machine fault.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detectors.neighbours import Neighbours, fit_neighbours
from models.sound.columns import LOGMEL_MEAN, LOGMEL_STD
from models.sound.mel import MEL_BANDS

DEVIATION_SHARE = 0.75
"""A band is told by its mean less so much of its standard deviation: what is steady in it."""

_LEAST_SCALE = 0.05


def gain_free(clips: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return means without their level, and deviations, of log-mel, float32 (m, 2 · MEL_BANDS)."""
    rows = clips[:, : LOGMEL_STD.stop].copy()
    rows[:, LOGMEL_MEAN] -= levels(clips)[:, None].astype(np.float32)
    return rows


def levels(clips: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the mean log-mel (m,) of clips, natural logarithms of power."""
    # One after the other: the sum of a row must not depend on the rows beside it.
    total: NDArray[np.float64] = np.zeros(len(clips))
    for band in range(MEL_BANDS):
        total += clips[:, band]
    return total / MEL_BANDS


@dataclass(frozen=True, slots=True)
class ClipModel:
    """`usual` and `scale` (MEL_BANDS,) of the bands' means; `detector` judges standard rows."""

    usual: NDArray[np.float32]
    scale: NDArray[np.float32]
    centre: NDArray[np.float64]
    per_scale: NDArray[np.float64]
    detector: Neighbours

    def score(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return how strange gain-free rows (m, 2 · MEL_BANDS) are, (m,)."""
        return self.detector.score((_steady(rows) - self.centre) * self.per_scale)


def fit_clip_model(rows: NDArray[np.float32]) -> ClipModel:
    """Return what gain-free rows (m, 2 · MEL_BANDS) teach; the same rows give the same model."""
    steady = _steady(rows)
    centre = steady.mean(axis=0)
    per_scale = 1.0 / np.maximum(steady.std(axis=0), _LEAST_SCALE)
    means = rows[:, LOGMEL_MEAN].astype(np.float64)
    columns = tuple(f"steady_{band:02d}" for band in range(MEL_BANDS))
    return ClipModel(
        usual=means.mean(axis=0).astype(np.float32),
        scale=np.maximum(means.std(axis=0), _LEAST_SCALE).astype(np.float32),
        centre=centre,
        per_scale=per_scale,
        detector=fit_neighbours((steady - centre) * per_scale, columns, seed=0),
    )


def _steady(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    return rows[:, LOGMEL_MEAN].astype(np.float64) - DEVIATION_SHARE * rows[:, LOGMEL_STD]
