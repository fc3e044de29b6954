"""One trained model in service: a detector of some of the feature columns, and the calibration of its scores.

Nothing here learns: the same rows get the same p-values wherever and whenever they come.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.array_file import pack_arrays, unpack_arrays
from models.calibration.score_calibration import ScoreCalibration
from models.serving.forms import FORMS, ServedDetector
from models.serving.lanes import SERVED_LANES, AnyReference
from schemas.errors import BadDataError, RefusedModelError

_DETECTOR, _CALIBRATION, _REFERENCE = "detector/", "calibration/", "reference/"


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A version of a registered model; `context_rows` rows of the sensor before a row are judged with it.

    `reference` is there where what it was trained on is a new normal state.
    """

    name: str
    version: str
    algorithm: str
    columns: tuple[str, ...]
    detector: ServedDetector
    calibration: ScoreCalibration
    context_rows: int = 0
    reference: AnyReference | None = None

    def judge(
        self, rows: NDArray[np.float64], columns: tuple[str, ...]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return score, p-value and confidence (n,) of rows (n, k), or (n, c + 1, k), that have `columns`.

        More rows before each than it wants are left out. NaN and confidence 0 where it cannot say.
        """
        if rows.ndim == 3:
            rows = rows[:, -(self.context_rows + 1) :] if self.context_rows else rows[:, -1]
        n = len(rows)
        own = rows if columns == self.columns else rows[..., [columns.index(name) for name in self.columns]]
        scores = np.asarray(self.detector.score(own), np.float64)
        p_values, confidence = np.empty(n), np.empty(n)
        self.calibration.advance(scores, np.zeros(n, np.bool_), p_values, confidence)
        return scores, p_values, confidence

    def pack(self) -> bytes:
        """Return detector and calibration as safetensors; equal models are equal bytes."""
        arrays: dict[str, NDArray[Any]] = {}
        for prefix, part in ((_DETECTOR, self.detector), (_CALIBRATION, self.calibration)):
            arrays |= {prefix + name: np.ascontiguousarray(array) for name, array in part.arrays().items()}
        if self.reference is not None:
            arrays |= {_REFERENCE + name: array for name, array in self.reference.arrays().items()}
        return pack_arrays(arrays, {"algorithm": self.algorithm})

    @classmethod
    def unpack(
        cls,
        content: bytes,
        *,
        name: str,
        version: str,
        algorithm: str,
        lane: str,
        columns: tuple[str, ...],
        context_rows: int,
    ) -> Self:
        """Return the model that was packed; raises RefusedModelError where the bytes are no such model."""
        try:
            arrays, metadata = unpack_arrays(content)
        except BadDataError as error:
            raise RefusedModelError(f"its arrays cannot be read: {error}", "unreadable") from None
        form = FORMS.get(algorithm)
        if form is None or metadata.get("algorithm") != algorithm:
            raise RefusedModelError(
                f"its algorithm is {algorithm!r}, its arrays are of {metadata.get('algorithm')!r}; this release serves "
                f"{', '.join(FORMS)}.",
                "unreadable",
            )
        _require_finite(arrays)
        try:
            detector = form(columns, _under(_DETECTOR, arrays))
            calibration = ScoreCalibration(_under(_CALIBRATION, arrays))
            told = _under(_REFERENCE, arrays)
            reference = SERVED_LANES[lane].reference(told) if told else None
        except (KeyError, ValueError, IndexError, TypeError, BadDataError) as error:
            raise RefusedModelError(
                f"its arrays are no {algorithm} ({error!r}); train it with this release.", "unreadable"
            ) from None
        return cls(name, version, algorithm, columns, detector, calibration, context_rows, reference)


def _under(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}


def _require_finite(arrays: Mapping[str, NDArray[Any]]) -> None:
    for name, array in arrays.items():
        # Cuts and floors may be infinite on purpose; no number may be NaN.
        if array.dtype.kind == "f" and np.isnan(array).any():
            raise RefusedModelError(f"its array {name} holds NaN; train it again.", "not_finite")
