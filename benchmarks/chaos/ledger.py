"""What the producer knows that the broker has acknowledged, record for record."""

from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

ENTRY = np.dtype([("partition", "<i4"), ("offset", "<i8"), ("crc", "<u4")])


class Ledger:
    """Acknowledged records in order of acknowledgement; `.save()` writes them as one array of `ENTRY`."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, int]] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, partition: int, offset: int, key: bytes | None, value: bytes | None) -> None:
        """Enter one acknowledged record."""
        self._entries.append((partition, offset, record_crc(key, value)))

    def save(self, path: Path) -> None:
        """Write all entries to `path`."""
        with path.open("wb") as file:
            np.array(self._entries, ENTRY).tofile(file)


def load_ledger(path: Path) -> NDArray[np.void]:
    """Return the entries saved at `path`, an array of `ENTRY`."""
    return np.fromfile(path, ENTRY)


def record_crc(key: bytes | None, value: bytes | None) -> int:
    """Return a checksum of a record's key and value."""
    return crc32(value or b"", crc32(key or b""))


def source_differences(ledger: NDArray[np.void], source: NDArray[np.void]) -> int:
    """Count records that are only in the ledger or only in the source topic, or twice in either."""
    wanted, found = np.sort(ledger), np.sort(source)
    missing = len(np.setdiff1d(wanted, found))
    foreign = len(np.setdiff1d(found, wanted))
    repeated = len(wanted) - len(np.unique(wanted)) + len(found) - len(np.unique(found))
    return missing + foreign + repeated
