"""Detectors that see rows differently, each with its calibration: the score is their combined p-value in decades."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.calibration.combination import combine_rows
from models.calibration.score_calibration import ScoreCalibration
from models.detectors.isolation_forest import IsolationForest
from models.detectors.mahalanobis import Mahalanobis
from models.detectors.neighbours import Neighbours
from models.detectors.row_detector import Arrays, RowDetector, check_columns

MEMBERS: dict[str, type[RowDetector]] = {
    "isolation_forest": IsolationForest,
    "mahalanobis": Mahalanobis,
    "neighbours": Neighbours,
}
"""The members, in the order in which they are combined."""

_CALIBRATION = "calibration."


class MemberEnsemble:
    """Arrays are those of the members and of their calibrations, as `mahalanobis.mean` and `…calibration.body`."""

    def __init__(self, columns: tuple[str, ...], arrays: Arrays) -> None:
        check_columns(columns)
        self.columns = columns
        parts: dict[str, dict[str, NDArray[Any]]] = {name: {} for name in MEMBERS}
        for path, array in arrays.items():
            member, name = path.split(".", 1)
            parts[member][name] = array
        self._members = [form.from_arrays(columns, _own(parts[name])) for name, form in MEMBERS.items()]
        self._calibrations = [ScoreCalibration(_of_calibration(parts[name])) for name in MEMBERS]

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return −log10 of the combined p-value (n,) of rows (n, k); NaN where no member can say."""
        n = len(x)
        p_values, unused = np.empty((len(MEMBERS), n)), np.empty(n)
        learn = np.zeros(n, np.bool_)
        for i, (member, calibration) in enumerate(zip(self._members, self._calibrations, strict=True)):
            calibration.advance(member.score(x), learn, p_values[i], unused)
        combined = np.empty(n)
        combine_rows(np.ascontiguousarray(p_values.T), combined)
        return -np.log10(np.maximum(combined, 1e-300))

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        found: dict[str, NDArray[Any]] = {}
        for name, member, calibration in zip(MEMBERS, self._members, self._calibrations, strict=True):
            found |= {f"{name}.{key}": array for key, array in member.arrays().items()}
            found |= {f"{name}.{_CALIBRATION}{key}": array for key, array in calibration.arrays().items()}
        return found

    @classmethod
    def from_arrays(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Return the ensemble that had these arrays."""
        return cls(columns, arrays)


def _own(part: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name: array for name, array in part.items() if not name.startswith(_CALIBRATION)}


def _of_calibration(part: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(_CALIBRATION): array for name, array in part.items() if name.startswith(_CALIBRATION)}
