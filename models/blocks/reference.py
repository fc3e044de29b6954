"""What is usual for each waveform sensor in the range that a model was trained on, where that is a new normal state.

Where the model becomes champion, this takes the place of what the sensors had learned.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.blocks.model_rows import MODEL_PLACES, standard_rows
from models.blocks.state import BLOCK_STATE

_FIELDS = (
    "is_learned",
    "learned",
    "by_speed",
    "ln_speed",
    "ln_speed_range",
    "healthy",
    "per_scale",
    "maxima_mean",
    "maxima_var",
    "maxima_count",
)
"""Of BLOCK_STATE: what was learned of a sensor."""


@dataclass(frozen=True, slots=True)
class BlockReference:
    """Of s sensors by name: `states` (s,) of BLOCK_STATE, of which only what was learned counts."""

    sensors: dict[str, int]
    states: NDArray[np.void]

    def standardise(
        self,
        names: Sequence[str],
        rows: NDArray[np.int64],
        values: NDArray[np.float64],
        ln_speed: NDArray[np.float64],
        z: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return z (n, k) of blocks of the sensors `rows` (n,), which have `names`; one not known here keeps `z`."""
        places = np.array([self.sensors.get(names[row], -1) for row in rows.tolist()], np.int64)
        known, own = places >= 0, z.copy()
        found = np.empty((int(known.sum()), len(MODEL_PLACES)))
        standard_rows(self.states, places[known], values[known], ln_speed[known], MODEL_PLACES, found)
        own[known] = found
        return own

    def give(self, name: str, states: NDArray[np.void], row: int) -> bool:
        """Have what was learned of a sensor take the place of that in `states[row]`; False where it is not known."""
        at = self.sensors.get(name)
        if at is None or self.states["is_learned"][at] == 0 or states["is_learned"][row] == 0:
            return False
        for field in _FIELDS:
            states[field][row] = self.states[field][at]
        states["stretch_fill"][row] = states["pending"][row] = 0
        states["stretch_max"][row] = 0.0
        return True

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name, the sensors' names as bytes of JSON."""
        names = np.frombuffer(json.dumps(list(self.sensors)).encode(), np.uint8)
        return {"names": names, **{field: np.ascontiguousarray(self.states[field]) for field in _FIELDS}}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return the reference that had these arrays; raises ValueError or KeyError where they do not fit."""
        names = json.loads(arrays["names"].tobytes())
        states = np.zeros(len(names), BLOCK_STATE)
        for field in _FIELDS:
            if arrays[field].shape != states[field].shape:
                raise ValueError(f"a reference of {len(names)} sensors has {field} of shape {arrays[field].shape}")
            states[field] = arrays[field]
        return cls({str(name): at for at, name in enumerate(names)}, states)
