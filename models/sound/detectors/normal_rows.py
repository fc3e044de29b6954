"""What a detector is fitted on."""

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import check_columns, standard_rows
from schemas.errors import BadDataError

FEWEST_ROWS = 32


def normal_rows(x: NDArray[np.float64], columns: tuple[str, ...]) -> NDArray[np.float32]:
    """Return those of the rows (n, k) that can be judged, as the kernels take them.

    Raises BadDataError when they are fewer than FEWEST_ROWS or have other columns.
    """
    check_columns(columns)
    rows, judged = standard_rows(x, columns)
    if judged.sum() < FEWEST_ROWS:
        raise BadDataError(
            f"A sound detector cannot be fitted on {judged.sum()} clips; give at least {FEWEST_ROWS} of normal sound."
        )
    return rows[judged]
