"""What can be tuned about waveform blocks; the defaults are what users get."""

from dataclasses import dataclass

import numpy as np

from schemas.errors import SettingsError

TUNING_RECORD = np.dtype(
    [
        ("learn_blocks", "<i8"),
        ("learn_us", "<i8"),
        ("raise_score", "<f8"),
        ("clear_score", "<f8"),
        ("hold_blocks", "<i8"),
        ("clear_hold_blocks", "<i8"),
    ]
)
"""The same as one record, in the form the kernels read."""


@dataclass(frozen=True, slots=True)
class BlockTuning:
    """A sensor learns from at least `learn_blocks` blocks over at least `learn_s` of its own time.

    Scores are −log10 of a p-value: an anomaly is raised by `hold_blocks` blocks in a row at or above `raise_score`, and
    cleared by `clear_hold_blocks` in a row below `clear_score`. Raises SettingsError on a value that cannot work.
    """

    learn_blocks: int = 30
    learn_s: float = 30.0
    raise_score: float = 3.0
    clear_score: float = 1.5
    hold_blocks: int = 3
    clear_hold_blocks: int = 5

    def __post_init__(self) -> None:
        if not 8 <= self.learn_blocks <= 1_000_000:
            raise SettingsError(f"learn_blocks is {self.learn_blocks}; choose 8 to 1,000,000 blocks.")
        if not 0.0 <= self.learn_s <= 1e9:
            raise SettingsError(f"learn_s is {self.learn_s}; choose 0 to 1e9 seconds.")
        if not 0.0 < self.clear_score <= self.raise_score <= 300.0:
            raise SettingsError(
                f"clear_score {self.clear_score} and raise_score {self.raise_score} must be above 0, at most 300, "
                "and clear must not be above raise."
            )
        if min(self.hold_blocks, self.clear_hold_blocks) < 1:
            raise SettingsError(
                f"hold_blocks {self.hold_blocks} and clear_hold_blocks {self.clear_hold_blocks} must be at least 1."
            )

    def record(self) -> np.void:
        """Return the constants as one TUNING_RECORD."""
        record = np.zeros(1, TUNING_RECORD)
        record["learn_blocks"], record["learn_us"] = self.learn_blocks, round(self.learn_s * 1e6)
        for name in ("raise_score", "clear_score", "hold_blocks", "clear_hold_blocks"):
            record[name] = getattr(self, name)
        found: np.void = record[0]
        return found
