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
from models.calibration.score_calibration import ScoreCalibration
from models.detectors import attribution
from models.detectors.half_space_trees import HalfSpaceTrees, plant_half_space_trees
from models.detectors.isolation_forest import TREES, IsolationForest, grow_forest
from models.detectors.mahalanobis import Mahalanobis, no_mahalanobis
from models.detectors.neighbours import Neighbours, no_neighbours
from models.detectors.row_detector import check_columns, check_width
from models.detectors.type_kernel import (
    NO_FOREST,
    Calibration,
    Distance,
    Forest,
    Models,
    Room,
    Said,
    Sample,
    Trees,
    advance,
    standardise,
)
from schemas.errors import BadDataError

DETECTORS: tuple[str, ...] = ("isolation_forest", "half_space_trees", "mahalanobis", "neighbours")
"""The d detectors, in the order of the columns of scores and p-values."""

FORMAT = "type-models-1"
FIRST_REFITS_ROWS: tuple[int, ...] = (256, 1024, 4096)
REFIT_ROWS = 8192
"""Rows learned at which the forest is grown anew: the first ones, then each multiple of the last."""

SUBSAMPLE = 128

_NOT_KNOWN = np.empty((0, len(DETECTORS)))
_NOTHING_SAID = Said(np.empty((0, len(DETECTORS))), np.empty((0, len(DETECTORS))), np.empty(0), np.empty(0))


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
        self._state = self._parts()

    def advance(self, rows: NDArray[np.float64], may_learn: NDArray[np.bool_]) -> Judgement:
        """Judge each of `rows` (n, k) by the state before it, then learn it where `may_learn` (n,) is set.

        A row of which more than half is NaN is neither judged nor learned. Raises BadDataError when the number of
        columns is another.
        """
        n, d = len(rows), len(DETECTORS)
        said = Said(np.empty((n, d)), np.empty((n, d)), np.empty(n), np.empty(n))
        self._advance(rows, may_learn, _NOT_KNOWN, said)
        return Judgement(*said)

    def learn(self, rows: NDArray[np.float64], scores: NDArray[np.float64] | None = None) -> None:
        """Learn `rows` (n, k), all by the present state; `scores` (n, d), if known, are what `judge` says of them."""
        known = self.judge(rows).scores if scores is None else scores
        self._advance(rows, np.ones(len(rows), np.bool_), known, _NOTHING_SAID)

    def _advance(
        self, rows: NDArray[np.float64], may_learn: NDArray[np.bool_], known: NDArray[np.float64], said: Said
    ) -> None:
        check_width(rows, self.columns)
        rows = np.ascontiguousarray(rows, np.float64)
        n, k = rows.shape
        room = Room(
            np.empty((n, k), np.float32), np.empty(n, np.bool_), np.empty(n, np.bool_), np.empty((len(DETECTORS), n))
        )
        standardise(rows, room.rows, room.judged)
        at = 0
        while at < n:
            left = self._rows_to_refit()
            at, learned = advance(self._state, rows, may_learn, at, left, known, room, said)
            self.learned += learned
            self.changed = self.changed or learned > 0
            if learned == left:
                seed = self._seed + self.learned
                self._forest = grow_forest(self._neighbours.sample, self.columns, seed, TREES, SUBSAMPLE)
                self._state = self._parts()

    def judge(self, rows: NDArray[np.float64]) -> Judgement:
        """Judge `rows` (n, k) by the present state, learning nothing."""
        return self.advance(rows, np.zeros(len(rows), np.bool_))

    def explain(self, row: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weight (k,) of each feature of `row` (k,) in decades of its p-value; NaN where none can say."""
        return attribution.weights(lambda rows: -np.log10(self.judge(rows).p_value), row, self._mahalanobis.mean)

    def _rows_to_refit(self) -> int:
        """Return how many rows are to be learned until the forest is grown anew."""
        for rows in FIRST_REFITS_ROWS:
            if self.learned < rows:
                return rows - self.learned
        return REFIT_ROWS - self.learned % REFIT_ROWS

    def _parts(self) -> Models:
        """Return the arrays of all models, as they are until the next refit."""
        one, two, three, four = (Calibration(*calibration.state) for calibration in self._calibrations)
        return Models(
            NO_FOREST if self._forest is None else Forest(*self._forest.state),
            Trees(*self._trees.state),
            Distance(*self._mahalanobis.state),
            Sample(*self._neighbours.state),
            (one, two, three, four),
        )

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
        models._state = models._parts()
        return models
