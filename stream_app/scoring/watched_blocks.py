"""A bank of blocks that shows what it takes in, for plots."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from agents.options import SignalsOptions
from models.blocks.bank import BlockBank, BlockBatch, BlockOutcome


class WatchedBlocks(BlockBank):
    """A block bank whose every batch and outcome is handed to `seen`."""

    def __init__(self, options: SignalsOptions, seen: Callable[[BlockBatch, BlockOutcome], None]) -> None:
        super().__init__(options.tuning, options.limits)
        self._seen = seen

    def advance(
        self,
        batch: BlockBatch,
        types: NDArray[np.int64] | None = None,
        by_canary: NDArray[np.bool_] | None = None,
    ) -> BlockOutcome:
        """Take in blocks in order of arrival."""
        outcome = super().advance(batch, types, by_canary)
        self._seen(batch, outcome)
        return outcome
