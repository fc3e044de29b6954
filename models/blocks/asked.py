"""What trained models say of blocks: the champion, whose p-value joins the block's, and the challenger beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.blocks import scores
from models.blocks.model_rows import MODEL_COLUMNS, MODEL_PLACES, standard_rows
from models.blocks.reference import BlockReference
from models.serving.of_type import ModelsOfType

CHAMPION_WEIGHT = 1.0 - scores.DETECTORS_WEIGHT


@dataclass(frozen=True, slots=True)
class Asked:
    """Of n blocks, NaN where there is no model or it cannot say."""

    champion_score: NDArray[np.float64]
    champion_p: NDArray[np.float64]
    challenger_p: NDArray[np.float64]

    @classmethod
    def of(cls, n: int) -> Self:
        """Return room for n blocks."""
        return cls(*np.full((3, n), np.nan))

    def ask(
        self,
        models: ModelsOfType,
        at: NDArray[np.intp],
        states: NDArray[np.void],
        names: Sequence[str],
        rows: NDArray[np.int64],
        values: NDArray[np.float64],
        ln_speed: NDArray[np.float64],
    ) -> None:
        """Write what the models of a type say of the blocks at places `at`, by the present `states` of their sensors.

        `rows` (n,), judged `values` (n, columns) and `ln_speed` (n,) are those of all blocks.
        """
        if models.champion is None and models.challenger is None:
            return
        z = np.empty((len(at), len(MODEL_PLACES)))
        standard_rows(states, rows[at], values[at], ln_speed[at], MODEL_PLACES, z)
        if models.champion is not None:
            self.champion_score[at], self.champion_p[at], _ = models.champion.judge(z, MODEL_COLUMNS)
        if models.challenger is not None:
            reference = models.challenger.reference
            if isinstance(reference, BlockReference):
                z = reference.standardise(names, rows[at], values[at], ln_speed[at], z)
            self.challenger_p[at] = models.challenger.judge(z, MODEL_COLUMNS)[1]
