"""What can be tuned about sound; the defaults are what users get."""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from models.sound.framing import FRAME_SAMPLES, RATE_HZ
from schemas.errors import SettingsError

MOST_HOPS = 20
LEAST_CLIPS = 32

TUNING_RECORD = np.dtype(
    [
        ("hop_samples", "<i8"),
        ("hops", "<i8"),
        ("learn_clips", "<i8"),
        ("calibrate_clips", "<i8"),
        ("raise_score", "<f8"),
        ("clear_score", "<f8"),
        ("hold_clips", "<i8"),
        ("clear_hold_clips", "<i8"),
    ]
)
"""The same as one record, in the form the kernels read."""


@dataclass(frozen=True, slots=True)
class SoundTuning:
    """A clip is the last `span_s` of a microphone's sound, looked at every `hop_s`.

    A microphone is learned from its first `learn_s` of clips, then the score is calibrated on `calibrate_s` more
    (20 clips at least).
    Scores are −log10 of a p-value: an anomaly is raised by `hold_clips` clips in a row at or above `raise_score`, and
    cleared by `clear_hold_clips` in a row below `clear_score`. Raises SettingsError on a value that cannot work.
    """

    span_s: float = 10.0
    hop_s: float = 1.0
    learn_s: float = 120.0
    calibrate_s: float = 60.0
    raise_score: float = 3.0
    clear_score: float = 1.5
    hold_clips: int = 3
    clear_hold_clips: int = 5

    def __post_init__(self) -> None:
        if not 0.25 <= self.hop_s <= 60.0:
            raise SettingsError(f"hop_s is {self.hop_s}; choose 0.25 to 60 seconds.")
        if not 1 <= self.hops <= MOST_HOPS or abs(self.hops * self.hop_s - self.span_s) > 1e-6:
            raise SettingsError(f"span_s {self.span_s} must be 1 to {MOST_HOPS} times hop_s {self.hop_s}.")
        if self.hops * self.hop_samples < 2 * FRAME_SAMPLES:
            raise SettingsError(f"span_s is {self.span_s}; choose at least {2 * FRAME_SAMPLES / RATE_HZ:g} seconds.")
        if not LEAST_CLIPS * self.hop_s <= self.learn_s <= 1e6:
            raise SettingsError(f"learn_s is {self.learn_s}; choose {LEAST_CLIPS} times hop_s to 1e6 seconds.")
        if not 0.0 <= self.calibrate_s <= 1e6:
            raise SettingsError(f"calibrate_s is {self.calibrate_s}; choose 0 to 1e6 seconds.")
        if not 0.0 < self.clear_score <= self.raise_score <= 300.0:
            raise SettingsError(
                f"clear_score {self.clear_score} and raise_score {self.raise_score} must be above 0, at most 300, "
                "and clear must not be above raise."
            )
        if min(self.hold_clips, self.clear_hold_clips) < 1:
            raise SettingsError(
                f"hold_clips {self.hold_clips} and clear_hold_clips {self.clear_hold_clips} must be at least 1."
            )

    @property
    def hop_samples(self) -> int:
        """Samples at RATE_HZ from one clip to the next."""
        return round(self.hop_s * RATE_HZ)

    @property
    def hops(self) -> int:
        """Hops in a clip."""
        return round(self.span_s / self.hop_s)

    @property
    def constants(self) -> int:
        """A number that tells whether something was learned with these."""
        text = f"{self.hop_samples} {self.hops} {self.learn_s} {self.calibrate_s}"
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")

    def record(self) -> np.void:
        """Return the constants as one TUNING_RECORD."""
        record = np.zeros(1, TUNING_RECORD)
        record["hop_samples"], record["hops"] = self.hop_samples, self.hops
        record["learn_clips"] = round(self.learn_s / self.hop_s)
        record["calibrate_clips"] = round(self.calibrate_s / self.hop_s)
        for name in ("raise_score", "clear_score", "hold_clips", "clear_hold_clips"):
            record[name] = getattr(self, name)
        found: np.void = record[0]
        return found
