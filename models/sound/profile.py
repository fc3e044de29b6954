"""The profile of a clip: the level of each log-mel band where nothing moves, against what is usual for the machine.

A band's profile is its mean minus 0.75 times its standard deviation over time: near the level that the steady sound of
the machine has between the events of its surroundings. The mean over all bands is taken away, so that the gain of a
microphone changes nothing. Each microphone has a baseline of its own, its mean and spread in each band; on standard
profiles all machines of a type are alike, and one bank of clips serves them all.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import Arrays
from schemas.errors import BadDataError

BANDS = 64
CLIP_COLUMNS: tuple[str, ...] = (
    *(f"logmel_mean_{band:02}" for band in range(BANDS)),
    *(f"logmel_std_{band:02}" for band in range(BANDS)),
)
"""Statistics of a clip of which its profile is made, in order."""

PROFILE_COLUMNS: tuple[str, ...] = tuple(f"profile_{band:02}" for band in range(BANDS))

QUIET_SHARE = 0.75
LEAST_SPREAD = 0.1
"""Of the median spread of all bands: a band that hardly moves in training is no better a witness than the others."""

FEWEST_CLIPS = 32


class MachineBaseline:
    """What is usual for one microphone: `mean` and `spread` (BANDS,) float64 of its profiles."""

    def __init__(self, arrays: Arrays) -> None:
        self.mean = np.array(arrays["mean"], np.float64)
        self.spread = np.array(arrays["spread"], np.float64)

    def standard(self, clips: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the standard profiles (n, BANDS) of clips (n, 2 BANDS), NaN where unknown."""
        return self.standard_profiles(profiles(clips))

    def standard_profiles(self, of_clips: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return profiles (n, BANDS) in spreads from the mean."""
        return (of_clips - self.mean) / self.spread

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        return {"mean": self.mean, "spread": self.spread}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return the baseline that had these arrays."""
        return cls(arrays)


def fit_baseline(clips: NDArray[np.float64]) -> MachineBaseline:
    """Return the baseline of clips (n, 2 BANDS) of normal sound; raises BadDataError when n is below FEWEST_CLIPS."""
    if len(clips) < FEWEST_CLIPS:
        raise BadDataError(
            f"A microphone has no baseline after {len(clips)} clips; give at least {FEWEST_CLIPS} of normal sound."
        )
    return baseline_of(profiles(clips))


def baseline_of(of_clips: NDArray[np.float64]) -> MachineBaseline:
    """Return the baseline of the profiles (n, BANDS) of normal clips."""
    known = np.ma.masked_invalid(of_clips)
    mean, spread = known.mean(axis=0).filled(0.0), known.std(axis=0).filled(0.0)
    typical = float(np.median(spread)) or 1.0
    return MachineBaseline({"mean": mean, "spread": np.maximum(spread, LEAST_SPREAD * typical)})


def profiles(clips: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the profiles (n, BANDS) of clips (n, 2 BANDS) in natural logarithms of power, NaN where unknown."""
    if clips.ndim != 2 or clips.shape[1] != len(CLIP_COLUMNS):
        raise BadDataError(
            f"Clip statistics of shape {clips.shape} do not have the {len(CLIP_COLUMNS)} columns {CLIP_COLUMNS[0]} … "
            f"{CLIP_COLUMNS[-1]}; give mean and standard deviation of {BANDS} log-mel bands."
        )
    quiet: NDArray[np.float64] = np.asarray(clips[:, :BANDS], np.float64) - QUIET_SHARE * np.asarray(
        clips[:, BANDS:], np.float64
    )
    known = np.isfinite(quiet)
    quiet[~known] = np.nan
    # Band after band, so that no profile depends on the clips beside it.
    level, count = np.zeros(len(quiet)), known.sum(axis=1)
    for band in range(BANDS):
        level += np.where(known[:, band], quiet[:, band], 0.0)
    quiet -= (level / np.maximum(count, 1))[:, None]
    return quiet
