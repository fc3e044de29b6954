"""What one partition gets of a block of a file."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from connectors.files.file_readings import FileSensor


@dataclass(frozen=True, slots=True)
class TablePart:
    """Readings of table number `file` for a partition: columns (n,); `value` NaN = missing, `ts_us` since 1970.

    `sensor` counts the sensors of the file in this partition from 0; `new` are those since the part before.
    """

    topic: str
    partition: int
    file: int
    new: list[FileSensor]
    sensor: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.sensor)


@dataclass(frozen=True, slots=True)
class MessagePart:
    """Messages for a partition in the order of the file."""

    topic: str
    partition: int
    keys: list[bytes]
    values: list[bytes]

    def __len__(self) -> int:
        return len(self.keys)


Part = TablePart | MessagePart


@dataclass(frozen=True, slots=True)
class FileBlock:
    """A block of a file: the units (readings or samples) in it, and its parts by ascending partition."""

    units: int
    parts: list[Part]
