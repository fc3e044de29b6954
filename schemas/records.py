"""Kafka records of one partition as columns over one byte buffer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class RecordColumns:
    """`n` consecutive records of one partition; spans are byte positions in `buffer`.

    A length of -1 marks a null key or value. `headers_start` is where the record's header count (a varint) begins.
    Offsets ascend but may have holes (compaction). All columns have length `n`.
    """

    topic: str
    partition: int
    buffer: NDArray[np.uint8]
    offset: NDArray[np.int64]
    timestamp_ms: NDArray[np.int64]
    key_start: NDArray[np.int32]
    key_length: NDArray[np.int32]
    value_start: NDArray[np.int32]
    value_length: NDArray[np.int32]
    headers_start: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.offset)

    def key(self, i: int) -> bytes | None:
        """Return the key of record `i`, or None where it is null."""
        return self._span(int(self.key_start[i]), int(self.key_length[i]))

    def value(self, i: int) -> bytes | None:
        """Return the value of record `i`, or None where it is null."""
        return self._span(int(self.value_start[i]), int(self.value_length[i]))

    def headers(self, i: int) -> list[tuple[bytes, bytes | None]]:
        """Return the headers (name, value) of record `i`, in order."""
        at = int(self.headers_start[i])
        if at < 0 or self.buffer[at] == 0:
            return []
        count, at = self._varint(at)
        found: list[tuple[bytes, bytes | None]] = []
        for _ in range(count):
            length, at = self._varint(at)
            name = self.buffer[at : at + length].tobytes()
            at += length
            length, at = self._varint(at)
            found.append((name, self._span(at, length)))
            at += max(length, 0)
        return found

    def _varint(self, at: int) -> tuple[int, int]:
        """Return the zigzag varint at `at`, and the position behind it."""
        result = shift = 0
        while True:
            byte = int(self.buffer[at])
            at += 1
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return (result >> 1) ^ -(result & 1), at
            shift += 7

    def slice(self, start: int, stop: int) -> "RecordColumns":
        """Return records `start` to `stop` over the same buffer."""
        part = slice(start, stop)
        return RecordColumns(
            self.topic, self.partition, self.buffer, self.offset[part], self.timestamp_ms[part],
            self.key_start[part], self.key_length[part], self.value_start[part], self.value_length[part],
            self.headers_start[part],
        )  # fmt: skip

    def _span(self, start: int, length: int) -> bytes | None:
        return None if length < 0 else self.buffer[start : start + length].tobytes()

    @classmethod
    def of(
        cls,
        topic: str,
        partition: int,
        records: Sequence[tuple[int, int, bytes | None, bytes | None]],
        headers: Sequence[Sequence[tuple[str, bytes]]] | None = None,
    ) -> "RecordColumns":
        """Build columns from `(offset, timestamp_ms, key, value)` tuples, and the headers of each where given."""
        fields = [field for record in records for field in record[2:]]
        lengths = np.array([-1 if field is None else len(field) for field in fields], np.int32)
        stored = np.maximum(lengths, 0)
        # Rows: keys, values.
        lengths, starts = (np.ascontiguousarray(one.reshape(-1, 2).T) for one in (lengths, np.cumsum(stored) - stored))
        starts = starts.astype(np.int32)
        packed = [_packed_headers(each) for each in headers or ()]
        headers_length = np.array([len(each) for each in packed], np.int32)
        return cls(
            topic=topic,
            partition=partition,
            buffer=np.frombuffer(b"".join([*(field for field in fields if field is not None), *packed]), np.uint8),
            offset=np.array([r[0] for r in records], np.int64),
            timestamp_ms=np.array([r[1] for r in records], np.int64),
            key_start=starts[0],
            key_length=lengths[0],
            value_start=starts[1],
            value_length=lengths[1],
            headers_start=(int(stored.sum()) + np.cumsum(headers_length) - headers_length).astype(np.int32)
            if headers is not None
            else np.full(len(records), -1, np.int32),
        )


def _packed_headers(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Return headers as they lie in a record batch."""
    parts = [_packed_varint(len(headers))]
    for name, value in headers:
        parts += [_packed_varint(len(name.encode())), name.encode(), _packed_varint(len(value)), value]
    return b"".join(parts)


def _packed_varint(value: int) -> bytes:
    """Return a number that is not negative as a zigzag varint."""
    rest, found = value << 1, bytearray()
    while rest > 0x7F:
        found.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*found, rest])
