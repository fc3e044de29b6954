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
from models.serving.served_model import ServedModel

CHAMPION_WEIGHT = 1.0 - scores.DETECTORS_WEIGHT


@dataclass(frozen=True, slots=True)
class Asked:
    """Of n blocks, NaN where there is no model or it cannot say.

    `score` and `p_value` are what joins the decision: the champion's, or the canary's in its place.
    """

    score: NDArray[np.float64]
    p_value: NDArray[np.float64]
    champion_p: NDArray[np.float64]
    challenger_p: NDArray[np.float64]

    @classmethod
    def of(cls, n: int) -> Self:
        """Return room for n blocks."""
        return cls(*np.full((4, n), np.nan))

    def ask(
        self,
        models: ModelsOfType,
        at: NDArray[np.intp],
        states: NDArray[np.void],
        names: Sequence[str],
        rows: NDArray[np.int64],
        values: NDArray[np.float64],
        ln_speed: NDArray[np.float64],
        by_canary: NDArray[np.bool_],
    ) -> None:
        """Write what the models of a type say of the blocks at places `at`, by the present `states` of their sensors.

        `rows` (n,), judged `values` (n, columns), `ln_speed` (n,) and `by_canary` (n,) are those of all blocks.
        """
        if models.champion is None and models.challenger is None:
            return
        z = np.empty((len(at), len(MODEL_PLACES)))
        standard_rows(states, rows[at], values[at], ln_speed[at], MODEL_PLACES, z)
        if models.champion is not None:
            self.score[at], self.p_value[at], _ = models.champion.judge(z, MODEL_COLUMNS)
            self.champion_p[at] = self.p_value[at]

        def judge(model: ServedModel, chosen: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            """Return score and p-value by a model that is not champion, which may bring what is normal."""
            own, of = z[chosen], at[chosen]
            if isinstance(model.reference, BlockReference):
                own = model.reference.standardise(names, rows[of], values[of], ln_speed[of], own)
            return model.judge(own, MODEL_COLUMNS)[:2]

        if models.challenger is not None:
            self.challenger_p[at] = judge(models.challenger, np.ones(len(at), np.bool_))[1]
        if models.canary is not None and by_canary[at].any():
            chosen = by_canary[at]
            self.score[at[chosen]], self.p_value[at[chosen]] = judge(models.canary, chosen)
