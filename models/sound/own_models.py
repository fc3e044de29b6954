"""What each microphone judges its clips by, by itself: a model of the clips it kept, fitted when it is asked."""

import numpy as np
from numpy.typing import NDArray

from models.sound.clip_model import ClipModel, fit_clip_model
from models.sound.looks import Learned
from models.sound.reference import SoundReference


class OwnModels:
    """By row of `states`: the models of microphones of which enough was heard since the worker began."""

    def __init__(self) -> None:
        self._models: dict[int, ClipModel] = {}

    def learn(self, states: NDArray[np.void], learned: Learned, row: int) -> None:
        """Fit the model of a microphone that has kept enough, and note what is usual for it."""
        model = self._models[row] = _fit(states, learned, row)
        learned.usual[row], learned.scale[row] = model.baseline.mean, model.baseline.spread
        states["is_learned"][row] = 1

    def score(
        self, states: NDArray[np.void], learned: Learned, row: int, free: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Return the distances (n,) of profiles (n, MEL_BANDS) from what a microphone learned from."""
        if row not in self._models:
            self._models[row] = _fit(states, learned, row)
        return self._models[row].score(free)

    def rebase(
        self, states: NDArray[np.void], learned: Learned, row: int, reference: SoundReference, place: int
    ) -> None:
        """Have what is usual by a reference take the place of what a microphone learned.

        What it learned from is told anew around it, so that its own model goes with it.
        """
        model = self._models.pop(row, None) or _fit(states, learned, row)
        kept = learned.kept[row, : int(states["kept_rows"][row])]
        standard = model.baseline.standard_profiles(kept.astype(np.float64))
        kept[:] = reference.mean[place] + standard * reference.spread[place]
        learned.usual[row], learned.scale[row] = reference.mean[place], reference.spread[place]
        states["level"][row] = reference.level[place]

    def forget(self, row: int) -> None:
        """Drop the model of a microphone; what it kept stays."""
        self._models.pop(row, None)

    @property
    def bytes(self) -> int:
        """Bytes of all models."""
        return sum(model.bytes for model in self._models.values())


def _fit(states: NDArray[np.void], learned: Learned, row: int) -> ClipModel:
    return fit_clip_model(learned.kept[row, : int(states["kept_rows"][row])])
