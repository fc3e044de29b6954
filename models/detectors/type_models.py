"""All models of one sensor type in one partition: they judge feature rows and learn from the healthy ones, in order.

Each row is judged by the state that the rows before it left, so cutting a batch changes nothing. The forest is grown
anew from the neighbours' sample whenever a stated number of rows has been learned.
"""

import json
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.array_file import pack_arrays, unpack_arrays
from models.calibration.combination import combine_rows
from models.calibration.score_calibration import ScoreCalibration
from models.detectors import attribution
from models.detectors.half_space_trees import HalfSpaceTrees, plant_half_space_trees
from models.detectors.isolation_forest import TREES, IsolationForest, grow_forest
from models.detectors.mahalanobis import Mahalanobis, no_mahalanobis
from models.detectors.neighbours import Neighbours, no_neighbours
from models.detectors.row_detector import OnlineRowDetector, check_columns, standard_rows
from schemas.errors import BadDataError

DETECTORS: tuple[str, ...] = ("isolation_forest", "half_space_trees", "mahalanobis", "neighbours")
"""The d detectors, in the order of the columns of scores and p-values."""

FORMAT = "type-models-1"
FIRST_REFITS_ROWS: tuple[int, ...] = (256, 1024, 4096)
REFIT_ROWS = 8192
"""Rows learned at which the forest is grown anew: the first ones, then each multiple of the last."""

SUBSAMPLE = 128


@dataclass(frozen=True, slots=True)
class Judgement:
    """What n rows are worth; NaN where a detector, or none of them, can say.

    `scores` and `p_values` (n, d) by detector; `p_value` (n,) combined; `confidence` (n,) 0 to 1: what the detectors
    have seen so far, 0 for each that cannot say.
    """

    scores: NDArray[np.float64]
    p_values: NDArray[np.float64]
    p_value: NDArray[np.float64]
    confidence: NDArray[np.float64]


class TypeModels:
    """The models and calibrations of one sensor type; `learned` counts the rows learned.

    `changed` is set by learning; whoever saves `pack()` resets it.
    """

    def __init__(self, columns: tuple[str, ...], seed: int) -> None:
        """Start without knowledge; raises BadDataError when the columns are none, too many or doubled."""
        check_columns(columns)
        self.columns = columns
        self.learned = 0
        self.changed = False
        self._seed = seed
        self._forest: IsolationForest | None = None
        self._trees = plant_half_space_trees(columns, seed)
        self._mahalanobis = no_mahalanobis(columns)
        self._neighbours = no_neighbours(columns, seed)
        self._calibrations = tuple(ScoreCalibration.empty(seed + d) for d in range(len(DETECTORS)))

    def advance(self, rows: NDArray[np.float64], may_learn: NDArray[np.bool_]) -> Judgement:
        """Judge each of `rows` (n, k) by the state before it, then learn it where `may_learn` (n,) is set.

        A row of which more than half is NaN is neither judged nor learned. Raises BadDataError when the number of
        columns is another.
        """
        standard, judged = standard_rows(rows, self.columns)
        learn = judged & may_learn
        n, d = len(rows), len(DETECTORS)
        scores, p_values, confidence = np.empty((d, n)), np.empty((d, n)), np.empty((d, n))
        begin = 0
        for end in self._cuts(learn):
            self._advance_detectors(standard[begin:end], learn[begin:end], scores[:, begin:end])
            begin = end
        scores[:, ~judged] = np.nan
        for i, calibration in enumerate(self._calibrations):
            calibration.advance(scores[i], learn, p_values[i], confidence[i])
        by_row = np.ascontiguousarray(p_values.T)
        combined = np.empty(n)
        combine_rows(by_row, combined)
        self.changed = self.changed or bool(learn.any())
        return Judgement(scores.T, by_row, combined, confidence.mean(axis=0))

    def judge(self, rows: NDArray[np.float64]) -> Judgement:
        """Judge `rows` (n, k) by the present state, learning nothing."""
        return self.advance(rows, np.zeros(len(rows), np.bool_))

    def explain(self, row: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weight (k,) of each feature of `row` (k,) in decades of its p-value; NaN where none can say."""
        return attribution.weights(lambda rows: -np.log10(self.judge(rows).p_value), row, self._mahalanobis.mean)

    def _cuts(self, learn: NDArray[np.bool_]) -> list[int]:
        """Return where to cut n rows, the end included, so that refits fall between the pieces."""
        if not learn.any():
            return [len(learn)]
        learned = self.learned + np.cumsum(learn)
        due = learn & (learned % REFIT_ROWS == 0)
        for rows in FIRST_REFITS_ROWS:
            due |= learn & (learned == rows)
        cuts = [int(at) + 1 for at in np.flatnonzero(due)]
        return cuts if cuts and cuts[-1] == len(learn) else [*cuts, len(learn)]

    def _advance_detectors(
        self, rows: NDArray[np.float32], learn: NDArray[np.bool_], scores: NDArray[np.float64]
    ) -> None:
        """Advance all detectors over rows of which only the last may bring a refit; `scores` (d, n) is written."""
        if self._forest is None:
            scores[0] = np.nan
        else:
            self._forest.judge(rows, scores[0])
        online: tuple[OnlineRowDetector, ...] = (self._trees, self._mahalanobis, self._neighbours)
        for i, detector in enumerate(online, start=1):
            detector.advance(rows, learn, scores[i])
        self.learned += int(learn.sum())
        if learn.any() and (self.learned in FIRST_REFITS_ROWS or self.learned % REFIT_ROWS == 0):
            seed = self._seed + self.learned
            self._forest = grow_forest(self._neighbours.sample, self.columns, seed, TREES, SUBSAMPLE)

    def pack(self) -> bytes:
        """Return everything as safetensors; equal states are equal bytes."""
        parts: dict[str, Any] = {
            "half_space_trees": self._trees,
            "mahalanobis": self._mahalanobis,
            "neighbours": self._neighbours,
        }
        if self._forest is not None:
            parts["isolation_forest"] = self._forest
        for name, calibration in zip(DETECTORS, self._calibrations, strict=True):
            parts[f"{name}.calibration"] = calibration
        arrays = {f"{part}/{name}": array for part, holder in parts.items() for name, array in holder.arrays().items()}
        metadata = {
            "format": FORMAT,
            "columns": json.dumps(self.columns),
            "seed": str(self._seed),
            "learned": str(self.learned),
        }
        return pack_arrays(arrays, metadata)

    @classmethod
    def unpack(cls, content: bytes, columns: tuple[str, ...]) -> Self:
        """Return the models that were packed; raises BadDataError when they are of other columns or another format."""
        arrays, metadata = unpack_arrays(content)
        if metadata.get("format") != FORMAT:
            raise BadDataError(
                f"Stored models have format {metadata.get('format')!r}, not {FORMAT!r}; "
                "use the release that wrote them, or delete them to learn anew."
            )
        stored = tuple(json.loads(metadata["columns"]))
        if stored != columns:
            raise BadDataError(
                f"Stored models are of {len(stored)} columns {stored[0]} … {stored[-1]}, not of the {len(columns)} "
                f"columns {columns[0]} … {columns[-1]}; use the features that they were made for, or delete them."
            )
        parts: dict[str, dict[str, NDArray[Any]]] = {}
        for path, array in arrays.items():
            part, name = path.split("/")
            parts.setdefault(part, {})[name] = array
        models = cls(columns, int(metadata["seed"]))
        models.learned = int(metadata["learned"])
        if "isolation_forest" in parts:
            models._forest = IsolationForest.from_arrays(columns, parts["isolation_forest"])
        models._trees = HalfSpaceTrees.from_arrays(columns, parts["half_space_trees"])
        models._mahalanobis = Mahalanobis.from_arrays(columns, parts["mahalanobis"])
        models._neighbours = Neighbours.from_arrays(columns, parts["neighbours"])
        models._calibrations = tuple(ScoreCalibration(parts[f"{name}.calibration"]) for name in DETECTORS)
        return models
