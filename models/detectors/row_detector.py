"""What judges rows of features (of windows or blocks): its interface, and the form in which it takes the rows.

Rows come standardised by the sensor's own baseline: n rows of k z-scores, NaN where the feature could not say. A NaN
counts as the healthy centre, 0; a row of which more than half is NaN is not judged at all.
"""

from collections.abc import Mapping
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from schemas.errors import BadDataError

LARGEST_Z = 1e4
"""Further away is not told apart, so that every square stays a finite float32."""

MOST_COLUMNS = 255
"""Columns are numbered in one byte."""

Arrays = Mapping[str, NDArray[np.generic]]


class RowDetector(Protocol):
    """A fitted judge of feature rows; its arrays are all that it is."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the k features, in order."""
        ...

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scores (n,) of rows (n, k); higher is stranger, NaN where it cannot say."""
        ...

    def arrays(self) -> Arrays:
        """Return what `from_arrays` needs, by name."""
        ...

    @classmethod
    def from_arrays(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Return the detector that had these arrays."""
        ...


class OnlineRowDetector(RowDetector, Protocol):
    """A row detector that learns row after row."""

    def advance(self, rows: NDArray[np.float32], learn: NDArray[np.bool_], scores: NDArray[np.float64]) -> None:
        """Write the score (n,) of each of `rows` (n, k) by the state before it; learn it where `learn` (n,) is set.

        Where `scores` is (0,), rows are only learned.
        """
        ...


def standard_rows(x: NDArray[np.float64], columns: tuple[str, ...]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return rows (n, k) as the kernels take them, finite float32, and which of them can be judged (n,).

    Raises BadDataError when the number of columns is another.
    """
    check_width(x, columns)
    missing = np.isnan(x)
    rows = np.where(missing, 0.0, np.clip(x, -LARGEST_Z, LARGEST_Z)).astype(np.float32)
    return rows, 2 * missing.sum(axis=1) <= len(columns)


def check_width(x: NDArray[np.float64], columns: tuple[str, ...]) -> None:
    """Raise BadDataError unless rows (n, k) have these columns."""
    if x.ndim != 2 or x.shape[1] != len(columns):
        raise BadDataError(
            f"Feature rows of shape {x.shape} do not have the {len(columns)} columns {columns[0]} … {columns[-1]}; "
            "give the features that the model was made for."
        )


def check_columns(columns: tuple[str, ...]) -> None:
    """Raise BadDataError unless there are 1 to MOST_COLUMNS different names."""
    if not 1 <= len(columns) <= MOST_COLUMNS or len(set(columns)) < len(columns):
        raise BadDataError(
            f"A row detector cannot have {len(columns)} columns, {len(set(columns))} of them different; "
            f"give 1 to {MOST_COLUMNS} different names."
        )


def score_unlearned(detector: OnlineRowDetector, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scores (n,) of rows (n, k) by the present state, learning nothing."""
    rows, judged = standard_rows(x, detector.columns)
    scores = np.empty(len(rows))
    detector.advance(rows, np.zeros(len(rows), np.bool_), scores)
    scores[~judged] = np.nan
    return scores


def learn_all(detector: OnlineRowDetector, x: NDArray[np.float64]) -> None:
    """Learn all rows (n, k) that can be judged, in order."""
    rows, judged = standard_rows(x, detector.columns)
    detector.advance(rows, judged, np.empty(0))
