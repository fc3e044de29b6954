"""Arrays of a detector that is made of others: one flat mapping, each name led by that of its part."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import Arrays


def joined(parts: Mapping[str, Arrays]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of all parts under `part.name`."""
    return {f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()}


def part_of(arrays: Arrays, part: str) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of one part under their own names."""
    return {name.removeprefix(f"{part}."): array for name, array in arrays.items() if name.startswith(f"{part}.")}
