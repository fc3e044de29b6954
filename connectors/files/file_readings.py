"""What a file of readings is turned into."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FileSensor:
    """A sensor that occurs in a file; what the file does not tell is None."""

    sensor_id: str
    asset_id: str | None = None
    sensor_type: str | None = None
    unit: str | None = None

    @property
    def key(self) -> str:
        """The asset that the sensor belongs to, as the reading contract has it."""
        return self.asset_id if self.asset_id is not None else self.sensor_id.split("/", 1)[0]


@dataclass(frozen=True, slots=True)
class FileReadings:
    """`n` consecutive readings: `sensor` points into `sensors`, `value` NaN = missing, `ts_us` since 1970.

    `sensors` grows from chunk to chunk of a file and never changes at the front.
    """

    sensors: list[FileSensor]
    sensor: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.sensor)
