"""What the trained models of a machine type say of clips: the champion, which judges, and the challenger beside it."""

from hashlib import blake2b
from math import nan
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from models.serving.of_type import ModelsOfType
from models.serving.served_model import ServedModel
from models.sound.model_rows import MODEL_COLUMNS, model_rows
from models.sound.reference import SoundReference

CHAMPION_WEIGHT = 1.0
"""The champion judges alone, by a calibration of each microphone's own."""

NOBODY = np.uint64(0)


class Asked(NamedTuple):
    """Of m looks: a number that stands for the model that judges, NOBODY where there is none, and what it said.

    It is the champion of their type, or the canary in its place. `distance` (m,) is its score; all p-values (m,) are by
    what calibrated the models in training. NaN where there is no model, no clip, or a microphone that has not learned.
    """

    mark: NDArray[np.uint64]
    distance: NDArray[np.float64]
    p_value: NDArray[np.float64]
    champion_p: NDArray[np.float64]
    challenger_p: NDArray[np.float64]

    @classmethod
    def of(cls, m: int) -> Self:
        """Return room for m looks."""
        return cls(np.full(m, NOBODY), *(np.full(m, nan) for _ in range(4)))

    def ask(
        self,
        models: ModelsOfType,
        at: NDArray[np.intp],
        names: list[str],
        clips: NDArray[np.float32],
        free: NDArray[np.float32],
        usual: NDArray[np.float32],
        scale: NDArray[np.float32],
        by_canary: NDArray[np.bool_],
    ) -> None:
        """Write what the models of a type say of the clips at places `at` (n,).

        `names`, `clips`, `free`, `usual`, `scale` and `by_canary` are those of these n clips and of their microphones.
        """
        if not len(at) or (models.champion is None and models.challenger is None):
            return
        rows = model_rows(clips, free, usual, scale)
        if models.champion is not None:
            self.distance[at], self.p_value[at], _ = models.champion.judge(rows, MODEL_COLUMNS)
            self.champion_p[at] = self.p_value[at]

        def judge(model: ServedModel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            """Return score and p-value by a model that is not champion, which may bring what is normal."""
            own = rows
            if isinstance(model.reference, SoundReference):
                own = model_rows(clips, free, *model.reference.of(names, usual, scale))
            return model.judge(own, MODEL_COLUMNS)[:2]

        if models.challenger is not None:
            self.challenger_p[at] = judge(models.challenger)[1]
        if models.canary is not None and by_canary.any():
            chosen = at[by_canary]
            self.distance[chosen], self.p_value[chosen] = (each[by_canary] for each in judge(models.canary))


def mark_of(model: ServedModel | None) -> np.uint64:
    """Return the number that stands for a version of a model."""
    if model is None:
        return NOBODY
    digest = blake2b(f"{model.name} {model.version}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little") | 1)
