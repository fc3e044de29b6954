"""The columns of a frame of sound, and of a clip: mean and standard deviation of each over the frames in it."""

from itertools import pairwise

from models.sound.mel import MEL_BANDS

MFCC = 13
CONTRASTS = 7
BAND_EDGES_HZ = (0, 250, 500, 1000, 2000, 4000, 8000)

SPECTRAL = ("centroid_hz", "bandwidth_hz", "roll_off_hz")
BANDS = tuple(f"band_{low}_{high}_hz" for low, high in pairwise(BAND_EDGES_HZ))


def _numbered(name: str, statistic: str, count: int) -> tuple[str, ...]:
    return tuple(f"{name}{statistic}_{i:02d}" for i in range(count))


def _others(statistic: str) -> tuple[str, ...]:
    """Return the columns behind log-mel, in the order of a frame's."""
    return (
        *_numbered("mfcc", statistic, MFCC),
        *_numbered("mfcc_delta", statistic, MFCC),
        *(f"{name}{statistic}" for name in SPECTRAL),
        *_numbered("contrast", statistic, CONTRASTS),
        f"crossings{statistic}",
        f"rms{statistic}",
        f"clipped{statistic}",
        *(f"{name}{statistic}" for name in BANDS),
    )


FRAME_COLUMNS: tuple[str, ...] = (*_numbered("logmel", "", MEL_BANDS), *_others(""))
"""Of one frame: natural logarithms of mel powers and of band powers, MFCC and contrast in dB.

Crossings are zero crossings a sample, clipped the share of the newest samples that are at full scale."""

FIRST_MFCC = MEL_BANDS
FIRST_DELTA = FIRST_MFCC + MFCC
FIRST_SPECTRAL = FIRST_DELTA + MFCC
FIRST_CONTRAST = FIRST_SPECTRAL + len(SPECTRAL)
CROSSINGS_AT = FIRST_CONTRAST + CONTRASTS
RMS_AT = CROSSINGS_AT + 1
CLIPPED_AT = RMS_AT + 1
FIRST_BAND = CLIPPED_AT + 1

CLIP_COLUMNS: tuple[str, ...] = (
    *_numbered("logmel", "_mean", MEL_BANDS),
    *_numbered("logmel", "_std", MEL_BANDS),
    *_others("_mean"),
    *_others("_std"),
)
LOGMEL_MEAN, LOGMEL_STD = slice(0, MEL_BANDS), slice(MEL_BANDS, 2 * MEL_BANDS)
RMS_MEAN_AT = CLIP_COLUMNS.index("rms_mean")
