"""What is usual for each microphone in the range that a model was trained on, where that is a new normal state.

Where the model becomes champion, this takes the place of what the microphones had learned.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.sound.profile import BANDS


@dataclass(frozen=True, slots=True)
class SoundReference:
    """Of s microphones: `mean` and `spread` (s, BANDS) float32 of their profiles, and the usual `level` (s,)."""

    sensors: dict[str, int]
    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    level: NDArray[np.float64]

    def of(
        self, names: Sequence[str], usual: NDArray[np.float32], scale: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return mean and spread (n, BANDS) for the microphones `names` (n,); those not known keep their own."""
        mean, spread = usual.copy(), scale.copy()
        for i, name in enumerate(names):
            at = self.sensors.get(name)
            if at is not None:
                mean[i], spread[i] = self.mean[at], self.spread[at]
        return mean, spread

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name, the microphones' names as bytes of JSON."""
        names = np.frombuffer(json.dumps(list(self.sensors)).encode(), np.uint8)
        return {"names": names, "mean": self.mean, "spread": self.spread, "level": self.level}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return the reference that had these arrays; raises ValueError or KeyError where they do not fit."""
        names = json.loads(arrays["names"].tobytes())
        mean, spread = (np.array(arrays[name], np.float32) for name in ("mean", "spread"))
        level = np.array(arrays["level"], np.float64)
        if mean.shape != (len(names), BANDS) or spread.shape != mean.shape or level.shape != (len(names),):
            raise ValueError(f"a reference of {len(names)} microphones has means of shape {mean.shape}")
        if not (spread > 0.0).all():
            raise ValueError("a reference has spreads that are not above 0")
        return cls({str(name): at for at, name in enumerate(names)}, mean, spread, level)
