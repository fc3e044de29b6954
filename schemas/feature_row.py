"""Feature blocks of one row each, encoded many at a time: what two of them have in common is packed but once."""

import struct

import msgspec
import numpy as np
from numpy.typing import NDArray

from schemas.anomaly import Lane
from schemas.feature_block import first_entries

_ENCODER = msgspec.msgpack.Encoder()
_LIST_OF_ONE, _MAP_OF_FOUR = b"\x91", b"\x84"
_INT64, _UINT8 = b"\xd3", b"\xcc"


class FeatureRowEncoder:
    """Encodes rows of `columns`, each made from records of one partition of `topic`; as `encode_feature_block` does.

    A message is `first`, the `middle` of its sensor, and its `tail`. Numbers keep their full width, so that they stand
    at one place in every tail.
    """

    def __init__(self, lane: Lane, columns: tuple[str, ...], topic: str, partition: int) -> None:
        self.first = first_entries(lane, columns)
        self._rest = bytearray()
        self._places = {name: self._number(name, _LIST_OF_ONE, _INT64) for name in ("ts_us", "start_ts_us")}
        self._places["flags"] = self._number("flags", _LIST_OF_ONE, _UINT8)
        self._rest += _pack("source") + _MAP_OF_FOUR + _pack("topic", topic, "partition", partition)
        for name in ("first_offset", "last_offset"):
            self._places[name] = self._number(name, b"", _INT64)
        size = 4 * len(columns)
        # The longest form of bin, whatever the size.
        self._rest += _pack("values") + struct.pack(">BI", 0xC6, size)
        self._values_at = len(self._rest)
        self._rest += bytes(size)

    def _number(self, name: str, before: bytes, form: bytes) -> int:
        """Leave room for a number; return its place."""
        self._rest += _pack(name) + before + form
        at = len(self._rest)
        self._rest += bytes(8 if form == _INT64 else 1)
        return at

    def middle(self, asset_id: str, sensor_id: str, sensor_type: str | None) -> bytes:
        """Return what all messages of a sensor share, as long as it says the same of itself."""
        return _pack("asset_id", asset_id, "sensor_ids", [sensor_id], "sensor_types", [sensor_type])

    def tails(
        self,
        ts_us: NDArray[np.int64],
        start_ts_us: NDArray[np.int64],
        flags: NDArray[np.integer],
        first_offset: NDArray[np.int64],
        last_offset: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> list[bytes]:
        """Return how the messages of n rows end; `values` is (n, columns)."""
        n, size = len(values), len(self._rest)
        packed = np.empty((n, size), np.uint8)
        packed[:] = np.frombuffer(self._rest, np.uint8)
        for name, numbers in (
            ("ts_us", ts_us),
            ("start_ts_us", start_ts_us),
            ("first_offset", first_offset),
            ("last_offset", last_offset),
        ):
            at = self._places[name]
            packed[:, at : at + 8] = numbers.astype(">i8").view(np.uint8).reshape(n, 8)
        packed[:, self._places["flags"]] = flags
        packed[:, self._values_at :] = (
            np.ascontiguousarray(values, "<f4").view(np.uint8).reshape(n, size - self._values_at)
        )
        raw = packed.tobytes()
        return [raw[at : at + size] for at in range(0, n * size, size)]


def _pack(*parts: object) -> bytes:
    return b"".join(map(_ENCODER.encode, parts))
