"""Feature rows to train on, as columns, and their digest."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """n rows, those of a sensor in their order: `sensor` (n,) places in `sensors`, `values` (n, k) of `columns`.

    `ts_us` and `start_ts_us` (n,) are the times of the last and first sample, `flags` (n,) those of the feature block;
    `fault` (n,) marks rows within a range that somebody labelled as a fault.
    """

    columns: tuple[str, ...]
    sensors: tuple[str, ...]
    sensor: NDArray[np.int64]
    ts_us: NDArray[np.int64]
    start_ts_us: NDArray[np.int64]
    flags: NDArray[np.int64]
    values: NDArray[np.float64]
    fault: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ts_us)

    def where(self, chosen: NDArray[np.bool_]) -> Self:
        """Return the chosen rows (n,)."""
        return type(self)(
            self.columns, self.sensors, self.sensor[chosen], self.ts_us[chosen], self.start_ts_us[chosen],
            self.flags[chosen], self.values[chosen], self.fault[chosen],
        )  # fmt: skip

    def digest(self) -> str:
        """Return the sha256 of all names and numbers."""
        digest = sha256("\0".join((*self.columns, "", *self.sensors)).encode())
        for array in (self.sensor, self.ts_us, self.start_ts_us, self.flags, self.values, self.fault):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()
