"""What a microphone's clips are usually like, learned from its first ones, and how far a clip is from that."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import RowDetector
from models.sound.columns import LOGMEL_STD
from models.sound.detectors.registry import ENSEMBLE, SOUND_DETECTORS
from models.sound.profile import QUIET_SHARE, MachineBaseline, baseline_of, profiles


def profiles_and_levels(clips: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return profiles (m, BANDS) float32 of clips (m, CLIP_COLUMNS), and the levels (m,) taken out of them."""
    logmel = clips[:, : LOGMEL_STD.stop].astype(np.float64)
    free = profiles(logmel)
    level = logmel[:, 0] - QUIET_SHARE * logmel[:, LOGMEL_STD.start] - free[:, 0]
    return free.astype(np.float32), level


@dataclass(frozen=True, slots=True)
class ClipModel:
    """The baseline of a microphone, and the detector that judges its standard profiles."""

    baseline: MachineBaseline
    detector: RowDetector

    @property
    def bytes(self) -> int:
        """Bytes of its arrays."""
        return sum(array.nbytes for part in (self.baseline, self.detector) for array in part.arrays().values())

    def score(self, of_clips: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return how strange profiles (m, BANDS) are, (m,); about 0 is usual."""
        return self.detector.score(self.baseline.standard_profiles(of_clips.astype(np.float64)))


def fit_clip_model(of_clips: NDArray[np.float32]) -> ClipModel:
    """Return what the profiles (m, BANDS) of normal clips teach; the same ones give the same model."""
    wide = of_clips.astype(np.float64)
    baseline = baseline_of(wide)
    judges = SOUND_DETECTORS[ENSEMBLE]
    return ClipModel(baseline, judges.fit(baseline.standard_profiles(wide), judges.columns, 0))
