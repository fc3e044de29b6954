"""Clips as trained models see them: standard profiles by the microphone's own baseline, and cepstral coefficients."""

import numpy as np
from numpy.typing import NDArray

from models.sound.columns import CLIP_COLUMNS
from models.sound.detectors.mfcc_isolation_forest import MFCC_COLUMNS
from models.sound.profile import BANDS, PROFILE_COLUMNS

MODEL_COLUMNS: tuple[str, ...] = (*PROFILE_COLUMNS, *MFCC_COLUMNS)
_MFCC_AT = [CLIP_COLUMNS.index(name) for name in MFCC_COLUMNS]


def model_rows(
    clips: NDArray[np.float32], free: NDArray[np.float32], usual: NDArray[np.float32], scale: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return rows (m, MODEL_COLUMNS) of clips (m, CLIP_COLUMNS) with profiles `free` (m, BANDS).

    `usual` and `scale` (m, BANDS) are what is usual for the microphone of each.
    """
    rows = np.empty((len(clips), len(MODEL_COLUMNS)))
    rows[:, :BANDS] = (free.astype(np.float64) - usual) / scale
    rows[:, BANDS:] = clips[:, _MFCC_AT]
    return rows
